import { type Command, command, UsageError } from "./command.ts";
import { encryptFile } from "./env-encrypt.ts";
import { runWithFile } from "./env-run.ts";

const help = `claviger env encrypt FILE --key KEY [--out FILE] [--endpoint URL] [--region REGION] [--profile NAME]
claviger env run FILE [--endpoint URL] [--region REGION] [--profile NAME] -- COMMAND [ARGUMENT ...]

Keeps secrets in code without keeping them in clear. "encrypt" replaces the values of a .env file by ciphertexts that
are safe to commit; names, comments and order stay as they are, and so do values that are encrypted already and values
that are empty. "run" starts a program with the values decrypted in its environment, and nowhere else.

Each value is bound to its name by the encryption context {"claviger:env": NAME}: whoever may decrypt one name can be
kept from another by a policy (kms:EncryptionContext:claviger:env), and a value moved to another name does not open.
A variable in the file wins over one of the same name around it. "run" ends with the program's exit code.

  --key KEY         the KMS key: id, ARN or alias; an ARN names the Region too
  --out FILE        write there instead of over FILE
  --endpoint URL    any KMS: claviger or AWS; default AWS_ENDPOINT_URL_KMS, AWS_ENDPOINT_URL, else AWS itself
  --region REGION   default the Region in the key's ARN, else AWS_REGION, AWS_DEFAULT_REGION, ~/.aws/config
  --profile NAME    credentials from ~/.aws; default AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, else AWS_PROFILE

  claviger env encrypt .env --key alias/app
  claviger env run .env -- npm start`;

export const env: Command = command(
  help,
  { key: "text", out: "text", endpoint: "text", region: "text", profile: "text" },
  async ({ flags, positionals: [action, file, ...more], rest }, terminal) => {
    if (action !== "encrypt" && action !== "run")
      throw new UsageError("Cannot tell what to do: say env encrypt or env run");
    if (file === undefined) throw new UsageError(`Cannot ${action} without the name of a file`);
    if (more[0] !== undefined)
      throw new UsageError(`Cannot understand "${more[0]}"`, action === "run" ? "the command follows --" : undefined);
    if (action === "encrypt") {
      if (flags.key === undefined) throw new UsageError("Cannot encrypt without --key KEY");
      if (rest.length > 0) throw new UsageError("Cannot encrypt and run at once");
      return await encryptFile(file, { ...flags, key: flags.key }, terminal);
    }
    if (flags.key !== undefined || flags.out !== undefined)
      throw new UsageError("Cannot run with --key or --out: the values name their keys themselves");
    if (!rest[0]) throw new UsageError("Cannot run nothing", "claviger env run FILE -- COMMAND");
    return await runWithFile(file, rest, flags, terminal);
  },
);
