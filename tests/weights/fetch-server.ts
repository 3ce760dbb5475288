/** A server on this machine, and a cache in a temporary folder, for each test of downloads. */
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, beforeEach } from "node:test";
import { fetchWeights, type FetchOptions } from "../../src/weights/weights-cache";
import type { RemoteWeights } from "../../src/weights/fetch";

/** Large enough to arrive in several chunks. */
export const CONTENT = Buffer.from(
  Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7919) % 251),
);
/** Its SHA-256. */
export const SHA256 = createHash("sha256").update(CONTENT).digest("hex");

const folder = mkdtempSync(join(tmpdir(), "fetch-test-"));
after(() => rmSync(folder, { recursive: true }));

let server: Server;
let origin: string;
let cache: string;

/** The server of a test: its answer, and the ranges of the requests so far. */
export const state: {
  answer: (request: IncomingMessage, response: ServerResponse, count: number) => void;
  ranges: (string | undefined)[];
} = { answer: serve, ranges: [] };

beforeEach(async () => {
  cache = mkdtempSync(join(folder, "cache-"));
  state.ranges = [];
  server = createServer((request, response) => {
    state.ranges.push(request.headers.range);
    state.answer(request, response, state.ranges.length);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** Path of the file in the cache. */
export const path = () => join(cache, "weights.bin");
/** Path of the unfinished file. */
export const unfinished = () => `${path()}.part`;

/** Downloads the file, with changes to what is expected of it. */
export function fetchIt(
  change: Partial<RemoteWeights> = {},
  options: FetchOptions = {},
): Promise<string> {
  const file = {
    url: `${origin}/weights.bin`,
    hosts: ["127.0.0.1"],
    fileName: "weights.bin",
    sha256: SHA256,
  };
  return fetchWeights(
    { ...file, bytes: CONTENT.length, ...change },
    { cacheFolder: cache, allowLoopback: true, retryPause: 1, ...options },
  );
}

/** Sends the complete file, or the part that was requested. */
export function serve(request: IncomingMessage, response: ServerResponse): void {
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
  const headers = { "content-length": CONTENT.length - start };
  if (start)
    response.writeHead(206, {
      ...headers,
      "content-range": `bytes ${start}-${CONTENT.length - 1}/${CONTENT.length}`,
    });
  else response.writeHead(200, headers);
  response.end(CONTENT.subarray(start));
}

/**
 * Sends the first bytes, and breaks the connection when some have arrived. A connection that is
 * reset loses the bytes that the other side has not read.
 */
export function breakOff(response: ServerResponse, bytes: number): void {
  response.writeHead(200, { "content-length": CONTENT.length });
  response.write(CONTENT.subarray(0, bytes));
  const timer = setInterval(() => {
    if (!existsSync(unfinished()) || statSync(unfinished()).size === 0) return;
    clearInterval(timer);
    response.destroy();
  }, 2);
}

/** Address of the server, for example `http://127.0.0.1:1234`. */
export const serverOrigin = () => origin;

/** Stops the server before the end of the test. */
export const stopServer = () => new Promise((resolve) => server.close(resolve));
