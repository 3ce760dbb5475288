/**
 * Fuzzing of COCO files, Pascal VOC files and tables: whatever surrounds a valid annotation, it is
 * read, and everything else is a valid box or is reported.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { UnreadableFile } from "../../src/data/read-file";
import { parseCoco } from "../../src/data/formats/coco/parse-coco";
import { findColumns } from "../../src/data/formats/csv/columns";
import { describeRows } from "../../src/data/formats/csv/describe-rows";
import { parseTable } from "../../src/data/formats/csv/table";
import { indexClasses } from "../../src/data/formats/shared/class-index";
import type { DescribedImage } from "../../src/data/formats/shared/described-image";
import { FileProblems } from "../../src/data/formats/shared/file-problems";
import { readBoxes } from "../../src/data/formats/shared/read-boxes";
import { parseVoc } from "../../src/data/formats/voc/parse-voc";
import type { Box } from "../../src/types";
import { textOrRefused } from "../data/text-or-refused";

const [WIDTH, HEIGHT] = [640, 480];
/** The image and the box that must be read from every file that is not damaged. */
const VALID = { name: "valid.png", className: "ring", box: [4.5, 6, 14, 26] as Box };
/** Bytes that are changed in a damaged file. */
const MAX_CHANGES = 8;
/** Characters that a problem may have at most. */
const MAX_MESSAGE = 500;

const number = fc.oneof(
  fc.double({ min: -10, max: 700, noNaN: true }),
  fc.double(),
  fc.constantFrom(0, -0, 1, 1e308, -1e308),
);
const word = fc.constantFrom(
  ...[
    "",
    " ",
    "ring",
    "ä",
    "__proto__",
    "constructor",
    "NaN",
    "-",
    "1e400",
    "0x1",
    "1,5",
    "No finding",
  ],
  ...["a.png", "../a.png", "C:\\a.png", "\u0000", "\n", "x".repeat(2000)],
);

/** A file's bytes with some of them changed, perhaps cut short. */
const damaged = (file: fc.Arbitrary<string>) =>
  fc
    .tuple(
      file,
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: MAX_CHANGES }),
      fc.double({ min: 0, max: 1, noNaN: true }),
    )
    .map(([text, changes, part]) => {
      const bytes = Buffer.from(text);
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      return bytes.subarray(0, Math.ceil(part * bytes.length));
    });

/**
 * Checks that the boxes of images lie inside them.
 * @returns the boxes of the valid image
 */
function boxesOfValid(images: readonly DescribedImage[]): readonly Box[] {
  const found: Box[] = [];
  for (const image of images) {
    assert.ok(Number.isInteger(image.leftOut) && image.leftOut >= 0);
    const classNames = Array.from(new Set(image.boxes.map(({ className }) => className)));
    const { annotations, problems } = readBoxes([image], {
      size: { width: WIDTH, height: HEIGHT },
      storedSize: null,
      classes: indexClasses(classNames, undefined),
      unit: "line",
      nameOf: (file) => file,
      id: "a.png",
    });
    for (const { message } of problems) assert.ok(message.length < MAX_MESSAGE, message);
    for (const { box, line } of annotations) {
      const [x1, y1, x2, y2] = box;
      const isInside = x1 >= 0 && y1 >= 0 && x2 <= WIDTH && y2 <= HEIGHT && x1 < x2 && y1 < y2;
      assert.ok(isInside && line >= 1, `${box.join(" ")}, line ${line}`);
    }
    if (image.names[0] === VALID.name) found.push(...annotations.map(({ box }) => box));
  }
  return found;
}

const json = fc.jsonValue({ maxDepth: 2 });
const id = fc.oneof(fc.nat(3), word, fc.double(), json);
const cocoImage = fc.oneof(
  fc.record(
    { id, file_name: fc.oneof(word, json), width: number, height: number, patient_id: json },
    { requiredKeys: [] },
  ),
  json,
);
const runLengths = fc.oneof(fc.array(number, { maxLength: 6 }), fc.string(), json);
const segmentation = fc.oneof(
  fc.array(fc.array(number, { maxLength: 10 }), { maxLength: 3 }),
  fc.record({ size: fc.oneof(fc.array(number, { maxLength: 3 }), json), counts: runLengths }),
  json,
);
const cocoAnnotation = fc.oneof(
  fc.record(
    {
      id,
      image_id: id,
      category_id: id,
      iscrowd: fc.oneof(fc.nat(1), json),
      bbox: fc.oneof(fc.array(number, { minLength: 4, maxLength: 4 }), json),
      segmentation,
    },
    { requiredKeys: [] },
  ),
  json,
);
const cocoText = fc
  .tuple(fc.array(cocoImage), fc.array(cocoAnnotation), fc.array(fc.oneof(fc.record({ id }), json)))
  .map(([images, annotations, categories]) => {
    const [x1, y1, x2, y2] = VALID.box;
    return JSON.stringify({
      images: [...images, { id: "valid image", file_name: VALID.name }],
      annotations: [
        ...annotations,
        { image_id: "valid image", category_id: "valid class", bbox: [x1, y1, x2 - x1, y2 - y1] },
      ],
      categories: [...categories, { id: "valid class", name: VALID.className }],
    });
  });

/**
 * Tries random COCO files. Throws with the smallest file that breaks a requirement.
 * @param runs number of files
 */
export function cocoFiles(runs: number): void {
  const read = (text: string) => {
    const problems = new FileProblems("a.json");
    const content = parseCoco(text, { file: "/a.json", split: "train", problems });
    if (!content) assert.ok(problems.result().some(({ severity }) => severity === "error"));
    return boxesOfValid(content?.images ?? []);
  };
  fc.assert(
    fc.property(cocoText, (text) => assert.deepEqual(read(text), [VALID.box])),
    { numRuns: Math.ceil(runs / 2) },
  );
  fc.assert(
    fc.property(damaged(cocoText), (bytes) => void read(textOrRefused(bytes) ?? "")),
    { numRuns: Math.floor(runs / 2) },
  );
}

const tag = fc.constantFrom("name", "bndbox", "xmin", "ymin", "xmax", "ymax", "difficult", "a");
const xmlText = fc.oneof(
  number.map(String),
  fc.constantFrom("", " ", "ring", "&amp;", "&#233;", "<!-- c -->", "<![CDATA[1]]>", "NaN", "1,5"),
);
const element = fc.tuple(tag, xmlText).map(([name, text]) => `<${name}>${text}</${name}>`);
const elements = fc.array(element, { maxLength: 6 }).map((all) => all.join(""));
const xmlObject = fc
  .tuple(elements, elements)
  .map(([a, b]) => `<object>${a}<bndbox>${b}</bndbox></object>`);
const vocText = fc.array(xmlObject, { maxLength: 5 }).map((objects) => {
  const [x1, y1, x2, y2] = VALID.box;
  const edges = `<xmin>${x1}</xmin><ymin>${y1}</ymin><xmax>${x2}</xmax><ymax>${y2}</ymax>`;
  const valid = `<object><name>${VALID.className}</name><bndbox>${edges}</bndbox></object>`;
  return `<?xml version="1.0"?>\n<annotation>${objects.join("\n")}${valid}</annotation>`;
});

/**
 * Tries random Pascal VOC files. Throws with the smallest file that breaks a requirement.
 * @param runs number of files
 */
export function vocFiles(runs: number): void {
  const read = (text: string) => {
    const content = parseVoc(text);
    for (const { edges, place } of content?.objects ?? []) {
      assert.ok(place >= 1);
      if (typeof edges === "string") assert.ok(edges.length < MAX_MESSAGE, edges);
      else assert.ok(edges.every(Number.isFinite) && edges[0] <= edges[2] && edges[1] <= edges[3]);
    }
    return content;
  };
  fc.assert(
    fc.property(vocText, (text) => {
      const { name, edges } = read(text)!.objects.at(-1)!;
      assert.deepEqual([name, edges], [VALID.className, VALID.box]);
    }),
    { numRuns: Math.ceil(runs / 2) },
  );
  fc.assert(
    fc.property(damaged(vocText), (bytes) => {
      try {
        read(textOrRefused(bytes) ?? "");
      } catch (error) {
        assert.ok(error instanceof UnreadableFile, String(error));
      }
    }),
    { numRuns: Math.floor(runs / 2) },
  );
}

const cell = fc.oneof(
  number.map(String),
  word.filter((text) => !/[\n,]/.test(text)),
);
const row = fc.array(cell, { maxLength: 9 }).map((cells) => cells.join(","));
const tableText = fc.array(row, { maxLength: 20 }).map((rows) => {
  const valid = [VALID.name, ...VALID.box, VALID.className].join(",");
  return ["file,x1,y1,x2,y2,class,patient,split,target", valid + ",P,train,1", ...rows].join("\n");
});

/**
 * Tries random tables. Throws with the smallest table that breaks a requirement.
 * @param runs number of tables
 */
export function csvTables(runs: number): void {
  const read = (text: string) => {
    const problems = new FileProblems("a.csv");
    const rows = parseTable(text, (line, message) => problems.leaveOut("rows", message, { line }));
    const columns = rows.length ? findColumns(rows[0].cells) : null;
    if (!columns) return [];
    const body = rows.slice(columns.hasHeader ? 1 : 0);
    const { images } = describeRows(body, { file: "/a.csv", split: "train", columns, problems });
    const used = images.reduce((sum, { boxes, leftOut }) => sum + boxes.length + leftOut, 0);
    assert.ok(used <= body.length, `${used} boxes of ${body.length} rows`);
    for (const { message } of problems.result()) assert.ok(message.length < MAX_MESSAGE, message);
    return boxesOfValid(images);
  };
  fc.assert(
    fc.property(tableText, (text) => assert.deepEqual(read(text), [VALID.box])),
    { numRuns: Math.ceil(runs / 2) },
  );
  fc.assert(
    fc.property(damaged(tableText), (bytes) => void read(textOrRefused(bytes) ?? "")),
    { numRuns: Math.floor(runs / 2) },
  );
}
