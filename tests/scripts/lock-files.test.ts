/**
 * What set-up installs: exactly what the lock files name, from whichever registry is set, and each
 * package only with the contents they have the hash of.
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
/** This project's own folders: itself, and what stands in for a package. */
const OWN = ["", "jupyter/tfjs-node", "node_modules/@tensorflow/tfjs-node"];

test("every npm package has its SHA-512, and none an address", () => {
  const others = Object.entries(locked).filter(([path]) => !OWN.includes(path));
  assert.ok(others.length > 400);
  for (const [path, { integrity, resolved, version, link }] of others) {
    assert.match(integrity ?? "", /^sha512-[A-Za-z0-9+/]{86}==$/, path);
    assert.deepEqual([resolved, link, typeof version], [undefined, undefined, "string"], path);
  }
  assert.deepEqual(locked["node_modules/@tensorflow/tfjs-node"], {
    resolved: "jupyter/tfjs-node",
    link: true,
  });
});

test("no dependency is asked for by an address", () => {
  const { dependencies, devDependencies, overrides } = JSON.parse(read("package.json")) as Record<
    string,
    Record<string, string>
  >;
  for (const [name, range] of Object.entries({ ...dependencies, ...devDependencies, ...overrides }))
    assert.match(
      range,
      /^(\^?\d+\.\d+\.\d+|\$@tensorflow\/tfjs-node|file:\.\/jupyter\/tfjs-node)$/,
      name,
    );
});

for (const file of ["requirements.txt", "requirements-cpu.txt", "requirements-gpu.txt"]) {
  test(`${file}: every package has one version and its SHA-256, and nothing names an index or an address`, () => {
    // A line that ends with a backslash goes on.
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

test("the old packages that environment.md argues are those that are installed", () => {
  const section = read("environment.md").split("## npm audit")[1];
  const rows = section.split("\n").filter((line) => line.startsWith("| `"));
  assert.ok(rows.length >= 5);
  for (const row of rows) {
    for (const [, name, version = ""] of row.split("|")[1].matchAll(/`([^`]+)`(?: (\d[\d.]*))?/g)) {
      const found = Object.entries(locked).filter(([path]) =>
        path.endsWith(`node_modules/${name}`),
      );
      assert.ok(
        found.some(([, own]) => own.version?.startsWith(version)),
        `${name} ${version}`,
      );
    }
  }
});
