import { writeFileSync } from "node:fs";
import { generateKeyPairSync } from "node:crypto";
import { OperatorError } from "../errors.ts";
import { askInstallation, installation, installationFlags, installationHelp } from "./installation.ts";
import { type Command, command, noMore, UsageError } from "./command.ts";

const help = `claviger attestation make --out FILE (--private-key FILE | --no-key) [--pcr N=HEX ...] [--nitro-tpm]
                          [--module ID] [--endpoint URL] [--profile NAME]

Makes an attestation document as a Nitro Enclave would get one from its Nitro Security Module, for tests of what runs
in one: a running development service signs it with its own root, which it trusts. It is good for five minutes.

  --out FILE          where the document goes (binary; base64 of it is Recipient's AttestationDocument)
  --private-key FILE  where the private key goes (PEM, RSA of 2048 bits) whose public key the document carries
  --no-key            a document without a public key, which KMS refuses
  --pcr N=HEX         a measurement of 48 bytes (32 or 64 for a NitroTPM); may be repeated. PCR0 to PCR2 are zeros,
                      as in a debug enclave, unless given
  --nitro-tpm         a document of an instance's NitroTPM instead of an enclave's
  --module ID         the module id; default i-00000000000000000-enc0000000000000000
${installationHelp}

  claviger attestation make --out doc.bin --private-key recipient.pem --pcr 0=$(printf 'ab%.0s' {1..48})
  aws kms decrypt --ciphertext-blob fileb://data --recipient \\
    KeyEncryptionAlgorithm=RSAES_OAEP_SHA_256,AttestationDocument@=fileb://doc.bin \\
    --query CiphertextForRecipient --output text | base64 -d | openssl cms -decrypt -inform DER -inkey recipient.pem`;

export const attestation: Command = command(
  help,
  {
    ...installationFlags,
    out: "text",
    "private-key": "text",
    "no-key": "switch",
    pcr: "texts",
    "nitro-tpm": "switch",
    module: "text",
  },
  async ({ flags, positionals: [action, ...more] }, terminal) => {
    noMore(more);
    if (action !== "make") throw new UsageError("Cannot tell what to do: say make");
    if (flags.out === undefined) throw new UsageError("Cannot make a document without --out FILE");
    const keyFile = flags["private-key"];
    if ((keyFile === undefined) === (flags["no-key"] === undefined))
      throw new UsageError("Cannot make a document without --private-key FILE or --no-key, one of the two");
    const pair = keyFile === undefined ? undefined : generateKeyPairSync("rsa", { modulusLength: 2048 });
    const publicKey = pair?.publicKey.export({ format: "der", type: "spki" }).toString("base64");
    const { document } = await askInstallation<{ document: string }>(
      installation(flags, terminal),
      "POST",
      "attestation",
      {
        ...(publicKey !== undefined && { publicKey }),
        ...(flags.module !== undefined && { moduleId: flags.module }),
        kind: flags["nitro-tpm"] ? "nitro-tpm" : "enclave",
        pcrs: Object.fromEntries((flags.pcr ?? []).map(readPcr)),
      },
    );
    if (pair && keyFile !== undefined) write(keyFile, pair.privateKey.export({ format: "pem", type: "pkcs8" }));
    write(flags.out, Buffer.from(document, "base64"));
    return 0;
  },
);

function readPcr(text: string): [string, string] {
  const match = /^(\d{1,2})=((?:[0-9a-fA-F]{2}){32,64})$/.exec(text);
  if (!match) throw new UsageError(`Cannot understand the measurement "${text}": it is N=HEX`);
  return [match[1]!, match[2]!.toLowerCase()];
}

function write(file: string, content: string | Buffer): void {
  try {
    writeFileSync(file, content, { mode: 0o600 });
  } catch (error) {
    throw new OperatorError(`Cannot write "${file}": ${(error as Error).message}`);
  }
}
