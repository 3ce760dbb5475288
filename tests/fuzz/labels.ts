/** Fuzzing of label files: each line gives a valid box or a problem with its line number. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { parseLabels } from "../../src/data/formats/yolo/labels";
import { textOrRefused } from "../data/text-or-refused";

const [WIDTH, HEIGHT, CLASSES] = [640, 480, 3];

const coordinate = fc.oneof(
  fc.double({ min: 0, max: 1, noNaN: true }).map(String),
  fc.double().map(String),
  fc.constantFrom(
    "0",
    "-0",
    "1",
    ".5",
    "1.0005",
    "-0.0005",
    "1e308",
    "1e400",
    "1e-400",
    "nan",
    "inf",
    "0,5",
    "0x1",
  ),
);
const classId = fc.oneof(
  fc.nat(CLASSES).map(String),
  fc.constantFrom("-0", "-1", "0.5", "1e0", "1e400", "4000000000"),
);
const blank = fc.constantFrom(" ", "\t", "  ", "\u00A0");
const line = fc
  .tuple(classId, fc.array(coordinate, { minLength: 3, maxLength: 9 }), blank)
  .map(([first, rest, between]) => [first, ...rest].join(between));
const validLine = fc
  .tuple(
    fc.oneof(
      { weight: 5, arbitrary: fc.nat(CLASSES - 1).map(String) },
      fc.constantFrom("-0", "1.", "2e0"),
    ),
    fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: 4, maxLength: 4 }),
  )
  .map(([first, rest]) => [first, ...rest].join(" "));
const text = fc
  .tuple(
    fc.array(fc.oneof(line, validLine), { maxLength: 30 }),
    fc.constantFrom("\n", "\r\n", "\r"),
  )
  .map(([lines, end]) => lines.join(end));

/** A valid file with changed bytes, some of them cut short. */
const damaged = fc
  .tuple(
    fc.array(validLine, { minLength: 1, maxLength: 10 }),
    fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 8 }),
    fc.double({ min: 0, max: 1, noNaN: true }),
  )
  .map(([lines, changes, part]) => {
    const bytes = Buffer.from(`${lines.join("\n")}\n`);
    for (const [at, value] of changes) bytes[at % bytes.length] = value;
    return bytes.subarray(0, Math.ceil(part * bytes.length));
  });

const file = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  text.map((content) => Buffer.from(content)),
  text.map((content) => Buffer.from(`\uFEFF${content}`, "utf16le")),
  damaged,
);

/** Checks the requirements for every file. */
function isRead(bytes: Uint8Array, classCount: number | null): void {
  const content = textOrRefused(bytes);
  if (content === null) return;
  const { annotations, problems } = parseLabels(content, {
    width: WIDTH,
    height: HEIGHT,
    classCount,
    file: "a.txt",
  });
  for (const { box, classId, line } of annotations) {
    const [x1, y1, x2, y2] = [box[0] / WIDTH, box[1] / HEIGHT, box[2] / WIDTH, box[3] / HEIGHT];
    assert.ok(
      box.every(Number.isFinite) && x1 >= 0 && y1 >= 0 && x2 <= 1 && y2 <= 1 && x1 < x2 && y1 < y2,
      String(box),
    );
    assert.ok(
      Number.isInteger(classId) &&
        classId < (classCount ?? 1000) &&
        Object.is(classId, Math.abs(classId)),
    );
    assert.ok(
      !problems.some((problem) => problem.line === line && problem.severity === "error"),
      `line ${line} is a box and an error`,
    );
  }
  for (const { severity, line, message } of problems)
    assert.ok(
      ["error", "warning"].includes(severity) && line! >= 1 && message.length < 200,
      message,
    );
  // Every line that is not blank is a box or a problem.
  const lines = content.split(/\r\n|\n|\r/).filter((one) => one.trim()).length;
  assert.ok(
    problems.length > 20 || annotations.length + problems.length >= lines,
    `${lines} lines`,
  );
}

/**
 * Tries random files. Throws with the smallest file that breaks a requirement.
 * @param runs number of files
 */
export function labelFiles(runs: number): void {
  fc.assert(fc.property(file, fc.constantFrom(CLASSES, null), isRead), { numRuns: runs });
}
