import type { WireRequest } from "../wire/protocol.ts";
import type { Origin } from "./principals.ts";

export function originOf(request: WireRequest): Origin {
  const address = request.remoteAddress.replace(/^::ffff:/, "");
  return {
    sourceAddress: address,
    userAgent: request.headers.get("user-agent")?.[0]?.slice(0, 256) ?? "",
    secure: request.secure,
  };
}
