import { readConfig } from "../src/config.ts";
import { startServer } from "../src/server.ts";
import type { Outcome, Store, Submission } from "../src/store/store.ts";

/**
 * The same server with its trail kept in memory, for comparison: records of calls that change nothing go to a list, and
 * their answers leave together a moment later. No chain, no transaction, no sync, no index.
 */
const keptMost = 100_000;

function inMemory(store: Store): Store {
  let kept: string[] = [];
  let waiting: ((outcome: Outcome | Error) => void)[] = [];
  const commit = (submission: Submission, done: (outcome: Outcome | Error) => void): void => {
    if (submission.changes.length > 0) return store.commit(submission, done);
    kept.push(...submission.records);
    if (kept.length > keptMost) kept = [];
    if (waiting.push(done) === 1)
      setImmediate(() => {
        const leaving = waiting;
        waiting = [];
        for (const one of leaving) one("done");
      });
  };
  return new Proxy(store, {
    get: (target, name) => {
      if (name === "commit") return commit;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? (value as (...given: unknown[]) => unknown).bind(target) : value;
    },
  });
}

const [folder = ""] = process.argv.slice(2);
const server = await startServer(readConfig("development", { port: 0, data: folder }), { storeAs: inMemory });
console.log(`Listening on ${server.url}`);
process.once("SIGTERM", () => void server.close().then(() => process.exit(0)));
