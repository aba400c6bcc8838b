import type { Reply, Request } from "./clusters.ts";
import { TokenError } from "./cryptoki.ts";
import { Token } from "./token.ts";

/**
 * The process in which a PKCS#11 module runs: its calls block, and a fault of it ends the process and nothing else.
 * The module sees one request at a time, and no memory of the service.
 */
let token: Token | undefined;

function perform(request: Request): Reply {
  try {
    return answer(request);
  } catch (error) {
    const detail = error instanceof Error ? error.message : "it threw something";
    if (error instanceof TokenError) return { reason: error.reason, detail };
    return { reason: token ? "failed" : "no token", detail };
  }
}

function answer(request: Request): Reply {
  if (request.do === "open") {
    token = new Token(request.module, request.token, request.pin);
    return { result: "done" };
  }
  if (!token) return { reason: "failed", detail: "nobody has logged in" };
  if (request.do === "random") return { result: token.random(request.count) };
  const id = Buffer.from(request.key, "hex");
  if (!("iv" in request)) {
    if (request.do === "generate") token.generateKey(id);
    else token.destroyKey(id);
    return { result: "done" };
  }
  const bytes = (given: Uint8Array) => Buffer.from(given.buffer, given.byteOffset, given.length);
  const [iv, associated, input] = [bytes(request.iv), bytes(request.associated), bytes(request.input)];
  const result =
    request.do === "encrypt" ? token.encrypt(id, iv, associated, input) : token.decrypt(id, iv, associated, input);
  input.fill(0);
  return result === undefined ? { reason: "no key", detail: `no key ${request.key}` } : { result };
}

process.on("message", (request: Request) => {
  const reply = perform(request);
  process.send?.(reply);
});
// The service is gone: so is the reason to hold a session.
process.on("disconnect", () => process.exit(0));
// Ctrl-C reaches the whole group; when to end is for the service to say.
process.on("SIGINT", () => {});
