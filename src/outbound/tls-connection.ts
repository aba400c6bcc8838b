import { connect, type ConnectionOptions, type TLSSocket } from "node:tls";
import { OutboundFailure } from "./failure.ts";

/** Resolves when the handshake is done and the certificate is the host's. Throws OutboundFailure. */
export function connectTls(place: ConnectionOptions, totalMs: number): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    // Said here so that no environment variable can say otherwise.
    const verified = { minVersion: "TLSv1.2", rejectUnauthorized: true, autoSelectFamilyAttemptTimeout: 100 } as const;
    const socket = connect({ ...place, ...verified });
    const failed = (error: unknown, late: boolean) => {
      clearTimeout(deadline);
      socket.destroy();
      reject(OutboundFailure.of(error, late));
    };
    const early = (error: unknown) => failed(error, false);
    const deadline = setTimeout(() => failed(undefined, true), totalMs);
    socket.once("error", early);
    socket.once("secureConnect", () => {
      clearTimeout(deadline);
      socket.off("error", early);
      resolve(socket);
    });
  });
}
