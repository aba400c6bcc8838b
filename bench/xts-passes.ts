import { randomBytes } from "node:crypto";
import { parentPort } from "node:worker_threads";
import { SectorCipher } from "../src/disks/sectors.ts";

/** A thread that decrypts and encrypts again so many blocks of 512 KiB, in memory alone: what a copy cannot do without. */
const blockSectors = 128;

parentPort!.on("message", (blocks: number) => {
  const [from, to] = [new SectorCipher(randomBytes(64)), new SectorCipher(randomBytes(64))];
  const bytes = randomBytes(blockSectors * 4096);
  for (let block = 0; block < blocks; block++) {
    from.decrypt(bytes, block * blockSectors);
    to.encrypt(bytes, block * blockSectors);
  }
  parentPort!.postMessage("done");
});
