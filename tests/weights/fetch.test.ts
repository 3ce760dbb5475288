/** Downloads from slow and hostile servers, over redirections and a proxy. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import {
  CONTENT,
  fetchIt,
  path,
  serve,
  serverOrigin,
  state,
  stopServer,
  unfinished,
} from "./fetch-server";

test("plain HTTP and other hosts are refused, also after a redirection", async () => {
  state.answer = serve;
  await assert.rejects(fetchIt({}, { allowLoopback: false }), /only HTTPS is used/);
  await assert.rejects(
    fetchIt({ url: "http://example.org/x", hosts: ["example.org"] }),
    /only HTTPS is used/,
  );
  await assert.rejects(
    fetchIt({ hosts: ["download.pytorch.org"] }),
    /only download\.pytorch\.org may be contacted/,
  );
  assert.equal(state.ranges.length, 0);
  state.answer = (_, response) =>
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
    state.answer = (_, response) => response.writeHead(302, { location }).end();
    await assert.rejects(fetchIt({ hosts: ["127.0.0.1", "example.org"] }), message);
    assert.equal(state.ranges.length, 1);
    assert.ok(!existsSync(path()) && !existsSync(unfinished()));
  });
}

test("bytes after the announced length do not belong to the file", async () => {
  state.answer = (_, response) => {
    const head = `HTTP/1.1 200 OK\r\ncontent-length: ${CONTENT.length}\r\n\r\n`;
    response.socket!.end(Buffer.concat([Buffer.from(head), CONTENT, Buffer.alloc(100_000, 1)]));
  };
  assert.ok(readFileSync(await fetchIt()).equals(CONTENT));
});

test("a compressed body that is larger than the file is stopped", async () => {
  const packed = gzipSync(Buffer.alloc(50 * CONTENT.length));
  state.answer = (_, response) => {
    response.writeHead(200, { "content-encoding": "gzip" });
    response.end(packed);
  };
  await assert.rejects(fetchIt(), /is larger than the 300000 bytes of the expected file/);
  assert.ok(statSync(unfinished()).size <= CONTENT.length);
});

test("if a server stops sending, the rest is requested again", async () => {
  state.answer = (request, response, count) => {
    if (count > 1) return serve(request, response);
    response.writeHead(200, { "content-length": CONTENT.length });
    response.write(CONTENT.subarray(0, 1000));
  };
  assert.ok(readFileSync(await fetchIt({}, { stall: 300 })).equals(CONTENT));
  assert.deepEqual(state.ranges, [undefined, "bytes=1000-"]);
});

test("a server that sends a byte now and then is given up", async () => {
  state.answer = (_, response) => {
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
  assert.equal(state.ranges.length, 4);
});

test("a redirection on the same host is followed, a circle of redirections is not", async () => {
  state.answer = (request, response) =>
    request.url === "/weights.bin"
      ? response.writeHead(302, { location: "/elsewhere" }).end()
      : serve(request, response);
  assert.equal(await fetchIt(), path());
  rmSync(path());
  state.answer = (_, response) => response.writeHead(302, { location: "/weights.bin" }).end();
  await assert.rejects(fetchIt(), /redirected more than 5 times/);
});

test("without a connection the error is immediate", async () => {
  await stopServer();
  await assert.rejects(fetchIt({}, { retryPause: 1e9 }), /fetch failed \(.*ECONNREFUSED/);
});

test("the proxy of the environment is used", async () => {
  state.answer = serve;
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
  assert.deepEqual(requested, [new URL(serverOrigin()).host]);
});
