import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, statSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, beforeEach, test } from "node:test";
import { gzipSync } from "node:zlib";
import { cacheFolder, fetchWeights, type FetchOptions } from "../../src/weights/fetch";
import type { RemoteWeights } from "../../src/weights/download";
import { hasSha256 } from "../../src/weights/file-check";

/** Large enough to arrive in several chunks. */
const CONTENT = Buffer.from(Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7919) % 251));
const SHA256 = createHash("sha256").update(CONTENT).digest("hex");

const folder = mkdtempSync(join(tmpdir(), "fetch-test-"));
after(() => rmSync(folder, { recursive: true }));

let server: Server;
let answer: (request: IncomingMessage, response: ServerResponse, count: number) => void;
let ranges: (string | undefined)[];
let cache: string;

beforeEach(async () => {
  cache = mkdtempSync(join(folder, "cache-"));
  ranges = [];
  server = createServer((request, response) => {
    ranges.push(request.headers.range);
    answer(request, response, ranges.length);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

let origin: string;
const path = () => join(cache, "weights.bin");
const unfinished = () => `${path()}.part`;

function fetchIt(change: Partial<RemoteWeights> = {}, options: FetchOptions = {}): Promise<string> {
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
function serve(request: IncomingMessage, response: ServerResponse): void {
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
 * Sends the first bytes, and breaks the connection when some have arrived. A connection that is reset
 * loses the bytes that the other side has not read.
 */
function breakOff(response: ServerResponse, bytes: number): void {
  response.writeHead(200, { "content-length": CONTENT.length });
  response.write(CONTENT.subarray(0, bytes));
  const timer = setInterval(() => {
    if (!existsSync(unfinished()) || statSync(unfinished()).size === 0) return;
    clearInterval(timer);
    response.destroy();
  }, 2);
}

test("a valid file is downloaded once, with progress, and kept in the cache", async () => {
  answer = serve;
  const progress: number[] = [];
  const found = await fetchIt({}, { onProgress: ({ done, total }) => progress.push(done / total) });
  assert.equal(found, path());
  assert.ok(readFileSync(found).equals(CONTENT));
  assert.equal(progress[progress.length - 1], 1);
  assert.ok(progress.every((part, i) => i === 0 || part > progress[i - 1]));
  assert.ok(!existsSync(unfinished()));
  await fetchIt();
  assert.equal(ranges.length, 1);
});

test("the first digits of the SHA-256, as in PyTorch's file names, are enough", async () => {
  answer = serve;
  assert.equal(await fetchIt({ sha256: SHA256.slice(0, 8).toUpperCase() }), path());
});

test("a download that breaks off is continued where it stopped", async () => {
  answer = (request, response, count) =>
    count === 1 ? breakOff(response, 100_000) : serve(request, response);
  assert.ok(readFileSync(await fetchIt()).equals(CONTENT));
  assert.equal(ranges.length, 2);
  assert.match(ranges[1] ?? "", /^bytes=[1-9]\d*-$/);
});

test("a download of an earlier run is continued where it stopped", async () => {
  answer = serve;
  writeFileSync(unfinished(), CONTENT.subarray(0, 200_000));
  assert.ok(readFileSync(await fetchIt()).equals(CONTENT));
  assert.deepEqual(ranges, ["bytes=200000-"]);
});

test("from a server that only sends complete files, the download starts again", async () => {
  answer = (_, response) =>
    response.writeHead(200, { "content-length": CONTENT.length }).end(CONTENT);
  writeFileSync(unfinished(), CONTENT.subarray(0, 200_000));
  assert.ok(readFileSync(await fetchIt()).equals(CONTENT));
});

test("an unfinished file with wrong or too many bytes is discarded", async () => {
  answer = serve;
  for (const content of [
    Buffer.alloc(1000),
    Buffer.alloc(CONTENT.length),
    Buffer.alloc(CONTENT.length + 1),
  ]) {
    rmSync(path(), { force: true });
    writeFileSync(unfinished(), content);
    assert.ok(readFileSync(await fetchIt()).equals(CONTENT));
  }
});

test("if the server has fewer bytes than the unfinished file, the download starts again", async () => {
  answer = (request, response, count) =>
    count === 1 ? response.writeHead(416).end() : serve(request, response);
  writeFileSync(unfinished(), CONTENT.subarray(0, 200_000));
  assert.ok(readFileSync(await fetchIt()).equals(CONTENT));
  assert.deepEqual(ranges, ["bytes=200000-", undefined]);
});

test("a download that always breaks off fails with the number of bytes, and the unfinished file is kept", async () => {
  answer = (_, response) => {
    response.writeHead(200);
    response.end(CONTENT.subarray(0, 1000));
  };
  await assert.rejects(
    fetchIt(),
    /could not be downloaded in 4 attempts: it broke off after 1000 of 300000 bytes/,
  );
  assert.ok(!existsSync(path()));
  assert.ok(existsSync(unfinished()));
});

test("a wrong file is refused and removed", async () => {
  const wrong = Buffer.from(CONTENT);
  wrong[5] ^= 1;
  answer = (_, response) => response.writeHead(200, { "content-length": wrong.length }).end(wrong);
  await assert.rejects(
    fetchIt(),
    /is not the expected file, because its SHA-256 does not begin with/,
  );
  assert.equal(ranges.length, 1);
  assert.ok(!existsSync(path()) && !existsSync(unfinished()));
});

test("a wrong file in the cache is reported, and neither used nor replaced", async () => {
  writeFileSync(path(), "mine");
  await assert.rejects(fetchIt(), /weights\.bin is not the expected file.*remove it/);
  assert.equal(readFileSync(path(), "utf8"), "mine");
});

test("another size than expected is refused before the download", async () => {
  answer = serve;
  await assert.rejects(
    fetchIt({ bytes: CONTENT.length - 1 }),
    /has 300000 bytes, and the expected file has 299999/,
  );
  assert.equal(ranges.length, 1);
});

test("a download that becomes larger than the file is stopped", async () => {
  answer = (_, response) => {
    response.writeHead(200);
    // Until the client closes the connection.
    const write = (): boolean =>
      response.destroyed || (response.write(CONTENT, () => setImmediate(write)), true);
    write();
  };
  await assert.rejects(fetchIt(), /is larger than the 300000 bytes of the expected file/);
});

test("after 404 there is no further attempt, after 503 there is", async () => {
  answer = (_, response) => response.writeHead(404).end("no");
  await assert.rejects(fetchIt(), /the server answered 404 Not Found/);
  assert.equal(ranges.length, 1);
  ranges = [];
  answer = (request, response, count) =>
    count < 3 ? response.writeHead(503).end() : serve(request, response);
  assert.equal(await fetchIt(), path());
  assert.equal(ranges.length, 3);
});

test("plain HTTP and other hosts are refused, also after a redirection", async () => {
  answer = serve;
  await assert.rejects(fetchIt({}, { allowLoopback: false }), /only HTTPS is used/);
  await assert.rejects(
    fetchIt({ url: "http://example.org/x", hosts: ["example.org"] }),
    /only HTTPS is used/,
  );
  await assert.rejects(
    fetchIt({ hosts: ["download.pytorch.org"] }),
    /only download\.pytorch\.org may be contacted/,
  );
  assert.equal(ranges.length, 0);
  answer = (_, response) =>
    response.writeHead(302, { location: "https://example.org/weights.bin" }).end();
  await assert.rejects(
    fetchIt(),
    /https:\/\/example\.org\/weights\.bin: only 127\.0\.0\.1 may be contacted/,
  );
});

const AWAY: readonly [string, RegExp][] = [
  ["http://example.org/weights.bin", /http:\/\/example\.org\/weights\.bin: only HTTPS is used/],
  ["https://127.0.0.1.example.org/x", /only 127\.0\.0\.1, example\.org may be contacted/],
  ["https://127.0.0.1@evil.org/x", /only 127\.0\.0\.1, example\.org may be contacted/],
  ["https://xexample.org/x", /only 127\.0\.0\.1, example\.org may be contacted/],
  ["//evil.org/x", /only HTTPS is used|may be contacted/],
  ["file:///etc/passwd", /file:\/\/\/etc\/passwd: only HTTPS is used/],
  ["data:,weights", /data:,weights: only HTTPS is used/],
];

for (const [location, message] of AWAY) {
  test(`a redirection to ${location} is not followed, and there is no further attempt`, async () => {
    answer = (_, response) => response.writeHead(302, { location }).end();
    await assert.rejects(fetchIt({ hosts: ["127.0.0.1", "example.org"] }), message);
    assert.equal(ranges.length, 1);
    assert.ok(!existsSync(path()) && !existsSync(unfinished()));
  });
}

test("bytes after the announced length do not belong to the file", async () => {
  answer = (_, response) => {
    const head = `HTTP/1.1 200 OK\r\ncontent-length: ${CONTENT.length}\r\n\r\n`;
    response.socket!.end(Buffer.concat([Buffer.from(head), CONTENT, Buffer.alloc(100_000, 1)]));
  };
  assert.ok(readFileSync(await fetchIt()).equals(CONTENT));
});

test("a compressed body that is larger than the file is stopped", async () => {
  const packed = gzipSync(Buffer.alloc(50 * CONTENT.length));
  answer = (_, response) => {
    response.writeHead(200, { "content-encoding": "gzip" });
    response.end(packed);
  };
  await assert.rejects(fetchIt(), /is larger than the 300000 bytes of the expected file/);
  assert.ok(statSync(unfinished()).size <= CONTENT.length);
});

test("if a server stops sending, the rest is requested again", async () => {
  answer = (request, response, count) => {
    if (count > 1) return serve(request, response);
    response.writeHead(200, { "content-length": CONTENT.length });
    response.write(CONTENT.subarray(0, 1000));
  };
  assert.ok(readFileSync(await fetchIt({}, { stall: 300 })).equals(CONTENT));
  assert.deepEqual(ranges, [undefined, "bytes=1000-"]);
});

test("a server that sends a byte now and then is given up", async () => {
  answer = (_, response) => {
    response.writeHead(200, { "content-length": CONTENT.length });
    const drip = setInterval(() => response.write("x"), 20);
    response.on("close", () => clearInterval(drip));
  };
  const start = performance.now();
  await assert.rejects(
    fetchIt({}, { stall: 100, slowest: 1e6 }),
    /could not be downloaded in 4 attempts: .*timeout/,
  );
  assert.ok(performance.now() - start < 8000);
  assert.equal(ranges.length, 4);
});

test("a redirection on the same host is followed, a circle of redirections is not", async () => {
  answer = (request, response) =>
    request.url === "/weights.bin"
      ? response.writeHead(302, { location: "/elsewhere" }).end()
      : serve(request, response);
  assert.equal(await fetchIt(), path());
  rmSync(path());
  answer = (_, response) => response.writeHead(302, { location: "/weights.bin" }).end();
  await assert.rejects(fetchIt(), /redirected more than 5 times/);
});

test("without a connection the error is immediate", async () => {
  await new Promise((resolve) => server.close(resolve));
  await assert.rejects(fetchIt({}, { retryPause: 1e9 }), /fetch failed \(.*ECONNREFUSED/);
});

test("the proxy of the environment is used", async () => {
  answer = serve;
  const requested: (string | undefined)[] = [];
  const proxy = createServer().on("connect", (request, socket) => {
    requested.push(request.url);
    const [host, port] = request.url!.split(":");
    const through = connect(Number(port), host, () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      through.pipe(socket).pipe(through);
    });
    socket.on("error", () => through.destroy());
    through.on("error", () => socket.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const earlier = {
    HTTP_PROXY: process.env.HTTP_PROXY,
    NO_PROXY: process.env.NO_PROXY,
    no_proxy: process.env.no_proxy,
  };
  process.env.HTTP_PROXY = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  delete process.env.NO_PROXY;
  delete process.env.no_proxy;
  try {
    assert.ok(readFileSync(await fetchIt()).equals(CONTENT));
  } finally {
    for (const [name, value] of Object.entries(earlier)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    proxy.closeAllConnections();
    proxy.close();
  }
  assert.deepEqual(requested, [new URL(origin).host]);
});

test("hasSha256 compares the content of the file; the folder of the cache can be chosen", async () => {
  writeFileSync(path(), CONTENT);
  assert.equal(await hasSha256(path(), SHA256), true);
  assert.equal(await hasSha256(path(), "00"), false);
  assert.equal(cacheFolder({ FRCNN_CACHE: "/some/where" }), "/some/where");
  assert.match(cacheFolder({}), /faster-rcnn-notebooks$/);
});
