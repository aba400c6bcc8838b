import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ClusterSetting } from "../src/config.ts";

const modules = ["/usr/lib/softhsm/libsofthsm2.so", "/usr/local/lib/softhsm/libsofthsm2.so"];
const module = modules.find((path) => existsSync(path));

export const softhsmMissing: string | false = (() => {
  if (module === undefined) return "SoftHSM2 is not on this machine";
  try {
    execFileSync("softhsm2-util", ["--version"], { stdio: "ignore" });
    return false;
  } catch {
    return "softhsm2-util is not on this machine";
  }
})();

export const pin = "kmsuser-7";

/** A token of its own below `folder`, for the cluster `cluster-a2b3c4d5e6f`. */
export function softToken(folder: string, more: Partial<ClusterSetting> = {}): ClusterSetting {
  const tokens = join(folder, "tokens");
  mkdirSync(tokens, { recursive: true });
  const conf = join(folder, "softhsm2.conf");
  writeFileSync(conf, `directories.tokendir = ${tokens}\nobjectstore.backend = file\nlog.level = ERROR\n`);
  const environment = { SOFTHSM2_CONF: conf };
  const init = ["--init-token", "--free", "--label", "claviger", "--so-pin", "12345678", "--pin", pin];
  execFileSync("softhsm2-util", init, { stdio: "ignore", env: { ...process.env, ...environment } });
  return { id: "cluster-a2b3c4d5e6f", module: module!, token: "claviger", environment, ...more };
}

/** The processes of modules that this process has started. */
export function moduleProcesses(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        const parent = /^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${name}/status`, "utf8"))?.[1];
        return (
          Number(parent) === process.pid && readFileSync(`/proc/${name}/cmdline`, "utf8").includes("module-process")
        );
      } catch {
        return false;
      }
    })
    .map(Number);
}
