/**
 * `npm run detect` on a folder of many images, some of them bad; and when it is interrupted or
 * killed, or cannot write.
 */
import assert from "node:assert/strict";
import { spawn } from "child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "fs";
import { basename, join } from "path";
import { before, test } from "node:test";
import sharp from "sharp";
import { drawImage } from "../../bench/many-images";
import { configure, presets } from "../../src/config/index";
import { detectImages } from "../../src/inference/detect-dataset";
import { createDetector } from "../../src/detectors/create-detector";
import { loadRun, saveWeights } from "../../src/runs/run-weights";
import { temporaryFolder } from "../data/files";
import { nodeParameters, ROOT, runCommand } from "./run-command";

/** Images in each of two folders. Both folders have the same file names. */
const IMAGES = 95;
const BAD = 5;
const CLASS_NAMES = ["tumor"];
/** So small that the full network takes little time. */
const IMAGE_SIZE = 96;

const home = temporaryFolder();
const images = join(home, "images");
const run = join(home, "run");

interface Results {
  readonly images: readonly { readonly file: string; readonly detections: readonly object[] }[];
}

before(async () => {
  for (const folder of ["a", "b"]) mkdirSync(join(images, folder), { recursive: true });
  for (let i = 0; i < 2 * IMAGES; i++) {
    const { bytes } = await drawImage(i);
    writeFileSync(
      join(images, i % 2 ? "b" : "a", `${String(Math.floor(i / 2)).padStart(3, "0")}.jpg`),
      bytes,
    );
  }
  const { bytes } = await drawImage(0);
  const side = 20_000;
  const bomb = sharp({
    create: { width: side, height: side, channels: 3, background: "black" },
    limitInputPixels: false,
  });
  const bad: Record<string, Buffer> = {
    "040-empty.jpg": Buffer.alloc(0),
    "041-cut.jpg": bytes.subarray(0, bytes.length - 100),
    "042-text.png": Buffer.from("no picture"),
    "043-point.png": await sharp(Buffer.from([9]), { raw: { width: 1, height: 1, channels: 1 } })
      .png()
      .toBuffer(),
    "044-bomb.png": await bomb.png({ palette: true, colours: 2 }).toBuffer(),
  };
  for (const [name, content] of Object.entries(bad))
    writeFileSync(join(images, "a", name), content);
  const detector = await createDetector(
    configure(presets.default, {
      data: { imageSize: IMAGE_SIZE },
      inference: { maxDetections: 3 },
    }),
    CLASS_NAMES,
  );
  mkdirSync(run);
  await saveWeights(detector, join(run, "weights.safetensors"));
  writeFileSync(
    join(run, "run.json"),
    JSON.stringify({
      config: detector.config,
      classNames: CLASS_NAMES,
      images: { train: [], validation: [] },
    }),
  );
  detector.dispose();
});

interface Options {
  readonly out: string;
  readonly parameters?: readonly string[];
  /** A signal that is sent after the first line of progress. */
  readonly signal?: NodeJS.Signals;
  /** The largest size of a file in blocks of 512 bytes, to imitate a full disk. */
  readonly blocks?: number;
}

/** Detects in all images, in a process that can be sent a signal. */
async function detect({ out, parameters = [], signal, blocks }: Options) {
  const options = ["--weights", run, "--min-score", "0", "--out", out, ...parameters];
  const limit = blocks === undefined ? "" : `ulimit -f ${blocks}; `;
  const node = [process.execPath, ...nodeParameters("detect"), ...options, images];
  const child = spawn("sh", ["-c", `${limit}exec "$@"`, "sh", ...node], {
    cwd: ROOT,
    // Coverage is not measured: its file would exceed the size limit too.
    env: { ...process.env, FRCNN_ROOT: ROOT, NODE_V8_COVERAGE: undefined },
  });
  let [stdout, stderr] = ["", ""];
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdout.on("data", (chunk: Buffer) => {
    const isFirst = !stdout.includes("images: ") && chunk.includes("images: ");
    stdout += chunk.toString();
    if (signal && isFirst) child.kill(signal);
  });
  const [status, killedBy] = await new Promise<[number | null, string | null]>((done) =>
    child.on("close", (...ending) => done(ending)),
  );
  return { status, killedBy, stdout, stderr };
}

function resultsIn(out: string, ending: string) {
  const { images: found } = JSON.parse(
    readFileSync(join(out, `detections.json${ending}`), "utf8"),
  ) as Results;
  const rows = readFileSync(join(out, `detections.csv${ending}`), "utf8")
    .trim()
    .split("\n")
    .slice(1);
  return { found, rows };
}

test("bad files are listed at the end, every good one has its boxes and its own picture", async () => {
  const out = join(home, "out");
  const { status, stdout, stderr } = await detect({ out });
  assert.equal(status, 2, stderr);
  assert.match(stderr, new RegExp(`^${BAD} could not be read:$`, "m"));
  const reasons = [
    /040-empty\.jpg: cannot be decoded/,
    /041-cut\.jpg: cannot be decoded/,
    /042-text\.png: cannot be decoded/,
    /043-point\.png: the image is only 1 x 1 pixels/,
    /044-bomb\.png: .*has 20000 x 20000 pixels/,
  ];
  for (const reason of reasons) assert.match(stderr, reason);
  assert.deepEqual(
    stdout.match(/^images: .*$/gm),
    Array.from({ length: 10 }, (_, i) => `images: ${19.5 * (i + 1) + (i % 2 ? 0 : 0.5)} of 195`),
  );
  const { found, rows } = resultsIn(out, "");
  assert.equal(found.length, 2 * IMAGES);
  assert.match(
    stdout,
    new RegExp(`^${rows.length} boxes of score 0 or more in ${2 * IMAGES} images: `, "m"),
  );
  assert.equal(
    rows.length,
    found.reduce((sum, { detections }) => sum + detections.length, 0),
  );
  assert.ok(!readdirSync(out).some((name) => name.endsWith(".part")));
  assert.equal(readdirSync(out).filter((name) => name.endsWith(".png")).length, 2 * IMAGES);

  // The numbers equal those of a detection in the image alone.
  const { detector } = await loadRun(run);
  for (const { file, detections } of [found[0], found[60], found[189]]) {
    const [alone] = await detectImages(detector, [file]);
    assert.deepEqual(
      detections.map((detection) => (detection as { box: object }).box),
      alone.detections.map(({ box }) => box),
    );
  }
  assert.deepEqual(
    found
      .map(({ file }) => basename(file))
      .sort()
      .filter((name, i, all) => all.indexOf(name) === i).length,
    IMAGES,
  );
  detector.dispose();
});

test("after Ctrl+C and after a kill the results so far are complete, and those of an earlier call are unchanged", async () => {
  for (const [signal, parameters] of [
    ["SIGINT", ["--no-pictures"]],
    ["SIGKILL", []],
  ] as const) {
    const out = join(home, signal);
    mkdirSync(out);
    const earlier = runCommand(
      "detect",
      ...["--weights", run, "--out", out],
      join(images, "a", "000.jpg"),
    );
    assert.equal(earlier.status, 0, earlier.all);
    const before = ["detections.csv", "detections.json"].map((file) =>
      readFileSync(join(out, file)),
    );
    rmSync(join(out, "000.png"), { force: true });
    const { status, killedBy, stderr } = await detect({ out, signal, parameters });
    assert.deepEqual([status, killedBy], signal === "SIGINT" ? [130, null] : [null, "SIGKILL"]);
    const { found, rows } = resultsIn(out, ".part");
    assert.ok(found.length >= 15 && found.length < 2 * IMAGES, `${found.length} images`);
    assert.ok(rows.length > 0);
    assert.deepEqual(
      ["detections.csv", "detections.json"].map((file) => readFileSync(join(out, file))),
      before,
    );
    const pictures = readdirSync(out).filter((name) => name.endsWith(".png")).length;
    if (signal === "SIGKILL") assert.ok(pictures === found.length || pictures === found.length + 1);
    else {
      assert.equal(pictures, 0);
      const message = `stopped; ${rows.length} boxes of score 0 or more in ${found.length} images until then: ${join(out, "detections.json.part")}`;
      assert.ok(stderr.includes(message), stderr);
    }
  }
});

test("when the disk is full the results so far are complete", async () => {
  const out = join(home, "full");
  const { status, stderr } = await detect({ out, parameters: ["--no-pictures"], blocks: 60 });
  assert.equal(status, 1, stderr);
  assert.match(
    stderr,
    /detections\.(json|csv) could not be written: a file may not grow that large here/,
  );
  const { found, rows } = resultsIn(out, ".part");
  assert.ok(found.length > 0 && found.length < 2 * IMAGES, `${found.length} images`);
  assert.match(
    stderr,
    new RegExp(`boxes of score 0 or more in \\d+ images until then: .*detections\\.csv\\.part`),
  );
  assert.ok(rows.every((row) => row.split(",").length === 16));
});
