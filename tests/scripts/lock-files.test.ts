/**
 * What set-up installs: exactly the packages of the lock files, from any registry, and each only
 * if its content has the hash in the lock file.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const ROOT = join(__dirname, "..", "..");
const read = (file: string) => readFileSync(join(ROOT, file), "utf8");

interface LockedPackage {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
}

const locked = (
  JSON.parse(read("package-lock.json")) as { packages: Record<string, LockedPackage> }
).packages;
/** Folders of this project: the project itself, the replacement of a package, and the bench. */
const PROJECT_FOLDERS = ["", "jupyter/tfjs-node", "bench"];
/** Links to the folders. */
const LINKS: Readonly<Record<string, string>> = {
  "node_modules/@tensorflow/tfjs-node": "jupyter/tfjs-node",
  "node_modules/faster-rcnn-bench": "bench",
};

test("every npm package has its SHA-512, and none has an address", () => {
  const others = Object.entries(locked).filter(
    ([path]) => !PROJECT_FOLDERS.includes(path) && !LINKS[path],
  );
  assert.ok(others.length > 400);
  for (const [path, { integrity, resolved, version, link }] of others) {
    assert.match(integrity ?? "", /^sha512-[A-Za-z0-9+/]{86}==$/, path);
    assert.deepEqual([resolved, link, typeof version], [undefined, undefined, "string"], path);
  }
  for (const [path, resolved] of Object.entries(LINKS))
    assert.deepEqual(locked[path], { resolved, link: true });
});

test("every npm package of mutation testing has one version and its SHA-512, and none has an address", () => {
  const { packages: all } = JSON.parse(read("mutation/package-lock.json")) as {
    readonly packages: Record<string, LockedPackage>;
  };
  const packages = Object.entries(all).filter(([path]) => path !== "");
  assert.ok(packages.length > 100);
  for (const [path, { integrity, resolved }] of packages) {
    assert.match(integrity ?? "", /^sha512-[A-Za-z0-9+/]{86}==$/, path);
    assert.equal(resolved, undefined, path);
  }
});

test("no dependency has an address, and the bench has the versions of the project", () => {
  type Ranges = Record<string, Record<string, string>>;
  const { dependencies, devDependencies, overrides } = JSON.parse(read("package.json")) as Ranges;
  const bench = (JSON.parse(read("bench/package.json")) as Ranges).dependencies;
  for (const [name, range] of Object.entries(bench)) assert.equal(range, dependencies[name], name);
  for (const [name, range] of Object.entries({ ...dependencies, ...devDependencies, ...overrides }))
    assert.match(
      range,
      /^(\^?\d+\.\d+\.\d+|\$@tensorflow\/tfjs-node|file:\.\/jupyter\/tfjs-node)$/,
      name,
    );
});

for (const file of [
  "requirements.txt",
  "requirements-cpu.txt",
  "requirements-gpu.txt",
  "requirements-ray.txt",
]) {
  test(`${file}: every package has one version and its SHA-256, and no line names an index or an address`, () => {
    // A backslash at the end of a line continues it.
    const lines = read(file)
      .replaceAll("\\\n", " ")
      .split("\n")
      .map((line) => line.trim());
    const packages = lines.filter((line) => line && !line.startsWith("#"));
    assert.ok(packages.length > 0);
    for (const line of packages) {
      assert.match(
        line,
        /^[a-z0-9][a-z0-9._-]*==[0-9][A-Za-z0-9.]*( ;[^#]*?)?( +--hash=sha256:[0-9a-f]{64})+$/,
        line.slice(0, 80),
      );
    }
  });
}

test("the old packages that environment.md discusses are installed", () => {
  const section = read("environment.md").split("## npm audit")[1];
  const rows = section.split("\n").filter((line) => line.startsWith("| `"));
  assert.ok(rows.length >= 5);
  for (const row of rows) {
    for (const [, name, version = ""] of row.split("|")[1].matchAll(/`([^`]+)`(?: (\d[\d.]*))?/g)) {
      const found = Object.entries(locked).filter(([path]) =>
        path.endsWith(`node_modules/${name}`),
      );
      assert.ok(
        found.some(([, installed]) => installed.version?.startsWith(version)),
        `${name} ${version}`,
      );
    }
  }
});
