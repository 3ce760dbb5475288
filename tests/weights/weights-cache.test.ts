import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { cacheFolder } from "../../src/util/cache-folder";
import { hasSha256 } from "../../src/weights/file-check";
import { breakOff, CONTENT, fetchIt, path, serve, SHA256, state, unfinished } from "./fetch-server";

test("a valid file is downloaded once, with progress, and kept in the cache", async () => {
  state.answer = serve;
  const progress: number[] = [];
  const found = await fetchIt({}, { onProgress: ({ done, total }) => progress.push(done / total) });
  assert.equal(found, path());
  assert.ok(readFileSync(found).equals(CONTENT));
  assert.equal(progress[progress.length - 1], 1);
  assert.ok(progress.every((part, i) => i === 0 || part > progress[i - 1]));
  assert.ok(!existsSync(unfinished()));
  await fetchIt();
  assert.equal(state.ranges.length, 1);
});

test("the first digits of the SHA-256, as in PyTorch's file names, are enough", async () => {
  state.answer = serve;
  assert.equal(await fetchIt({ sha256: SHA256.slice(0, 8).toUpperCase() }), path());
});

test("a download that breaks off is continued where it stopped", async () => {
  state.answer = (request, response, count) =>
    count === 1 ? breakOff(response, 100_000) : serve(request, response);
  assert.ok(readFileSync(await fetchIt()).equals(CONTENT));
  assert.equal(state.ranges.length, 2);
  assert.match(state.ranges[1] ?? "", /^bytes=[1-9]\d*-$/);
});

test("a download of an earlier run is continued where it stopped", async () => {
  state.answer = serve;
  writeFileSync(unfinished(), CONTENT.subarray(0, 200_000));
  assert.ok(readFileSync(await fetchIt()).equals(CONTENT));
  assert.deepEqual(state.ranges, ["bytes=200000-"]);
});

test("from a server that only sends complete files, the download starts again", async () => {
  state.answer = (_, response) =>
    response.writeHead(200, { "content-length": CONTENT.length }).end(CONTENT);
  writeFileSync(unfinished(), CONTENT.subarray(0, 200_000));
  assert.ok(readFileSync(await fetchIt()).equals(CONTENT));
});

test("an unfinished file with wrong or too many bytes is discarded", async () => {
  state.answer = serve;
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
  state.answer = (request, response, count) =>
    count === 1 ? response.writeHead(416).end() : serve(request, response);
  writeFileSync(unfinished(), CONTENT.subarray(0, 200_000));
  assert.ok(readFileSync(await fetchIt()).equals(CONTENT));
  assert.deepEqual(state.ranges, ["bytes=200000-", undefined]);
});

test("a download that always breaks off fails with the number of bytes, and the unfinished file is kept", async () => {
  state.answer = (_, response) => {
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
  state.answer = (_, response) =>
    response.writeHead(200, { "content-length": wrong.length }).end(wrong);
  await assert.rejects(
    fetchIt(),
    /is not the expected file, because its SHA-256 does not begin with/,
  );
  assert.equal(state.ranges.length, 1);
  assert.ok(!existsSync(path()) && !existsSync(unfinished()));
});

test("a wrong file in the cache is reported, and neither used nor replaced", async () => {
  writeFileSync(path(), "mine");
  await assert.rejects(fetchIt(), /weights\.bin is not the expected file.*remove it/);
  assert.equal(readFileSync(path(), "utf8"), "mine");
});

test("another size than expected is refused before the download", async () => {
  state.answer = serve;
  await assert.rejects(
    fetchIt({ bytes: CONTENT.length - 1 }),
    /has 300000 bytes, and the expected file has 299999/,
  );
  assert.equal(state.ranges.length, 1);
});

test("a download that becomes larger than the file is stopped", async () => {
  state.answer = (_, response) => {
    response.writeHead(200);
    // Until the client closes the connection.
    const write = (): boolean =>
      response.destroyed || (response.write(CONTENT, () => setImmediate(write)), true);
    write();
  };
  await assert.rejects(fetchIt(), /is larger than the 300000 bytes of the expected file/);
});

test("after 404 there is no further attempt, after 503 there is", async () => {
  state.answer = (_, response) => response.writeHead(404).end("no");
  await assert.rejects(fetchIt(), /the server answered 404 Not Found/);
  assert.equal(state.ranges.length, 1);
  state.ranges = [];
  state.answer = (request, response, count) =>
    count < 3 ? response.writeHead(503).end() : serve(request, response);
  assert.equal(await fetchIt(), path());
  assert.equal(state.ranges.length, 3);
});

test("hasSha256 compares the content of the file; the folder of the cache can be chosen", async () => {
  writeFileSync(path(), CONTENT);
  assert.equal(await hasSha256(path(), SHA256), true);
  assert.equal(await hasSha256(path(), "00"), false);
  assert.equal(cacheFolder({ FRCNN_CACHE: "/some/where" }), "/some/where");
  assert.match(cacheFolder({}), /faster-rcnn-notebooks$/);
});
