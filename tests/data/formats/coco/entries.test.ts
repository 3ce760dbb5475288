/** Entries of COCO files: long ids, splits and patients of images. */
import assert from "node:assert/strict";
import { testFormat } from "../cases";
import { annotation, cocoFile, image } from "./files";

const IMAGES = ["1.png", "2.png"];
/** Ids that are equal as numbers of JavaScript. */
const [FIRST, SECOND] = ["20240101123045000001", "20240101123045000002"];
const [RING, SOLID] = ["9223372036854775801", "9223372036854775802"];

/** The text of a file in which these ids are numbers. */
function longIds(): string {
  const text = cocoFile(
    [image(FIRST, "1.png"), image(SECOND, "2.png")],
    [
      annotation(1, FIRST, { category_id: RING, score: "DECIMALS" }),
      annotation(2, SECOND, { category_id: SOLID }),
    ],
    [
      { id: RING, name: "ring" },
      { id: SOLID, name: `solid ${FIRST}` },
    ],
  );
  return text
    .replace(/"(\d{16,})"/g, "$1")
    .replace('"DECIMALS"', "0.12345678901234567")
    .replace("{}", '{"note": "NaN"}');
}

testFormat("coco", [
  {
    name: "ids with more digits than numbers have",
    images: IMAGES,
    files: { "all.json": longIds() },
    boxes: { "1.png": [["ring", 4, 6, 14, 26]], "2.png": [[`solid ${FIRST}`, 4, 6, 14, 26]] },
  },
  {
    name: "the split of an image in its entry",
    images: IMAGES,
    files: {
      "all.json": cocoFile(
        [image(1, "1.png", { split: "Train" }), image(2, "2.png", { split: "TEST" })],
        [annotation(1, 1)],
      ),
    },
    boxes: { "1.png": [["ring", 4, 6, 14, 26]], "2.png": [] },
    splits: { train: ["1.png"], test: ["2.png"] },
  },
  {
    name: "names of categories that are numbers",
    images: IMAGES,
    files: {
      "all.json": cocoFile(
        [image(1, "1.png"), image(2, "2.png")],
        [annotation(1, 1, { category_id: 1 }), annotation(2, 2, { category_id: 2 })],
        [
          { id: 1, name: 4 },
          { id: 2, name: 2 },
        ],
      ),
    },
    boxes: { "1.png": [["4", 4, 6, 14, 26]], "2.png": [["2", 4, 6, 14, 26]] },
  },
  {
    name: "a patient's number with and without .0 is one patient",
    images: IMAGES,
    files: {
      "all.json": cocoFile(
        [image(1, "1.png", { patient_id: "7.0" }), image(2, "2.png", { patient_id: 7 })],
        [annotation(1, 1), annotation(2, 2)],
      ),
    },
    boxes: { "1.png": [["ring", 4, 6, 14, 26]], "2.png": [["ring", 4, 6, 14, 26]] },
    check: ({ patients }) => assert.deepEqual(patients, ["7"]),
  },
]);
