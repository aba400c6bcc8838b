import type { DocumentWish } from "../../attestation/development.ts";
import { refuse } from "../../errors.ts";
import type { Call } from "../../operation.ts";

/** What `claviger attestation make` asks for: everything may be left out. */
interface Input {
  publicKey?: unknown;
  moduleId?: unknown;
  kind?: unknown;
  pcrs?: unknown;
}

const defaultModule = "i-00000000000000000-enc0000000000000000";

/** Makes a document that this installation trusts. Throws UnsupportedOperationException outside development mode. */
export function makeAttestation(
  input: Input,
  make: ((wish: DocumentWish) => Buffer) | undefined,
  call: Call,
): { answer: object } {
  if (!make) return refuse("UnsupportedOperationException", "Attestation documents are made in development mode only.");
  const { publicKey, moduleId = defaultModule, kind = "enclave" } = input;
  if (typeof moduleId !== "string" || moduleId === "" || moduleId.length > 256 || !/^[\w.-]+$/.test(moduleId))
    return refuse("ValidationException", "moduleId must be 1 to 256 letters, digits and . _ -");
  if (kind !== "enclave" && kind !== "nitro-tpm")
    return refuse("ValidationException", "kind must be enclave or nitro-tpm.");
  if (publicKey !== undefined && typeof publicKey !== "string")
    return refuse("ValidationException", "publicKey must be base64.");
  const document = make({
    moduleId,
    kind,
    pcrs: measurements(input.pcrs, kind),
    publicKey: publicKey === undefined ? null : Buffer.from(publicKey, "base64"),
    now: call.clocks.wall(),
  });
  return { answer: { document: document.toString("base64") } };
}

function measurements(given: unknown, kind: DocumentWish["kind"]): Map<number, Buffer> {
  const zeros = (index: number): [number, Buffer] => [index, Buffer.alloc(48)];
  const pcrs = new Map(kind === "enclave" ? [0, 1, 2, 3, 4, 8].map(zeros) : [4, 7, 12].map(zeros));
  for (const [index, value] of Object.entries((given as Record<string, unknown> | undefined) ?? {})) {
    const number = Number(index);
    const bytes = typeof value === "string" ? Buffer.from(value, "hex") : Buffer.alloc(0);
    if (!Number.isInteger(number) || number < 0 || number > (kind === "enclave" ? 31 : 23))
      refuse("ValidationException", `There is no PCR${index.slice(0, 16)}.`);
    if (![32, 48, 64].includes(bytes.length)) refuse("ValidationException", "A measurement has 32, 48 or 64 bytes.");
    pcrs.set(number, bytes);
  }
  return pcrs;
}
