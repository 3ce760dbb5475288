/** Only the file that downloads weights uses the network. No other file connects or listens. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const ROOT = join(__dirname, "..", "..");

/** Modules and globals of Node and the browser that open connections or accept them. */
const NETWORK =
  /(from|require\(|import\()\s*["'](node:)?(http2?|https|net|tls|dgram|dns|undici|ws|playwright-core)["'/]|\bfetch\(|\bnew (WebSocket|XMLHttpRequest|EventSource)\b|sendBeacon/;

/** An address of another machine. The names of XML namespaces are not addresses. */
const ADDRESS = /\bhttps?:\/\/(?!www\.w3\.org\/|127\.0\.0\.1:)[^\s"'`)]+/g;

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return /\.(ts|mjs|cjs|js|py)$/.test(entry.name) ? [path] : [];
  });
}

const files = ["src", "scripts", "jupyter"].flatMap(sources);
const textOf = (file: string) => readFileSync(join(ROOT, file), "utf8");

test("one file uses the network", () => {
  assert.ok(files.length > 100);
  const found = files.filter((file) => NETWORK.test(textOf(file)));
  assert.deepEqual(found, [join("src", "weights", "fetch.ts")]);
});

test("the only address is that of ResNet-50's weights", () => {
  const found = files.flatMap((file) =>
    (textOf(file).match(ADDRESS) ?? []).map((address) => [file, address]),
  );
  assert.deepEqual(found, [
    [
      join("src", "backbones", "resnet.ts"),
      "https://download.pytorch.org/models/resnet50-0676ba61.pth",
    ],
  ]);
});
