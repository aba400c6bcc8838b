import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export const opensslMissing: string | false = (() => {
  try {
    execFileSync("openssl", ["version"], { stdio: "ignore" });
    return false;
  } catch {
    return "the openssl command is not on this machine";
  }
})();

export interface Certified {
  readonly caFile: string;
  readonly keyFile: string;
  readonly certFile: string;
  readonly key: Buffer;
  readonly cert: Buffer;
}

/** An authority of its own in `folder`, and a server certificate by it for `names` (`DNS:xks.test,IP:127.0.0.1`). */
export function certify(folder: string, names: string, label = "server"): Certified {
  const file = (name: string) => join(folder, `${label}-${name}`);
  const openssl = (...args: string[]) => execFileSync("openssl", args, { stdio: "ignore", cwd: folder });
  const ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  openssl(
    "req",
    "-x509",
    ...ec,
    "-keyout",
    file("ca.key"),
    "-out",
    file("ca.pem"),
    "-days",
    "2",
    "-subj",
    "/CN=test authority",
  );
  openssl("req", ...ec, "-keyout", file("tls.key"), "-out", file("tls.csr"), "-subj", "/CN=test server");
  writeFileSync(file("ext"), `subjectAltName=${names}\n`);
  const signing = ["-CA", file("ca.pem"), "-CAkey", file("ca.key"), "-CAcreateserial", "-extfile", file("ext")];
  openssl("x509", "-req", "-in", file("tls.csr"), "-out", file("tls.pem"), "-days", "2", ...signing);
  return {
    caFile: file("ca.pem"),
    keyFile: file("tls.key"),
    certFile: file("tls.pem"),
    key: readFileSync(file("tls.key")),
    cert: readFileSync(file("tls.pem")),
  };
}
