import { workerData } from "node:worker_threads";

/**
 * A thread beside a query that ends the whole process when it holds too much: Node's SQLite counts no memory, so that
 * its own limit on it holds nothing, and a thread that runs SQL hears no message.
 */
const { most } = workerData as { most: number };
const lookMs = 10;

setInterval(() => {
  if (process.memoryUsage.rss() > most) process.kill(process.pid, "SIGKILL");
}, lookMs);
