import { createServer } from "node:http";

/**
 * The yardstick: node:http alone, reading the body and answering the bytes and headers it is given in its
 * environment, with keep-alive. Prints its port.
 */
const headers = JSON.parse(process.env.BENCH_HEADERS ?? "{}") as Record<string, string>;
const body = Buffer.from(process.env.BENCH_BODY ?? "", "base64");

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    Buffer.concat(chunks);
    response.writeHead(200, headers);
    response.end(body);
  });
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  console.log(`Listening on http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`);
});
