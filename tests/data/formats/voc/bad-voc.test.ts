/** Unusual, damaged and hostile XML files: each is read or refused, and every fault is reported. */
import assert from "node:assert/strict";
import { WIDTH, HEIGHT } from "../../files";
import { type FormatCase, type NamedBox, testFormat } from "../cases";
import { object, vocFile } from "./files";

const BOX: NamedBox = ["ring", 4, 6, 14, 26];
const FILE = vocFile(object());

/**
 * Two images, the first with a valid file, the second with what is given; null if it is left out.
 */
function second(
  name: string,
  file: string | Buffer,
  boxes: readonly NamedBox[] | null,
  ...problems: RegExp[]
): FormatCase {
  return {
    name,
    images: ["1.png", "2.png"],
    files: { "1.xml": FILE, "2.xml": file },
    boxes: { "1.png": [BOX], ...(boxes ? { "2.png": boxes } : {}) },
    problems,
  };
}

/** A file of which no annotation can be read. Its image is left out, for it would have no boxes. */
function unreadable(name: string, file: string | Buffer, reason: string): FormatCase {
  return second(
    name,
    file,
    null,
    /^warning \.: XML files that were left out: 1$/,
    new RegExp(
      `^warning 2.xml(:\\d+)?: the annotations cannot be read \\(${reason}\\): it was left`,
    ),
  );
}

/** An object that cannot be used, beside one that can. */
function fault(name: string, bad: string, reason: string): FormatCase {
  return second(
    name,
    vocFile(object() + bad),
    [BOX],
    /^warning \.: objects that were left out: 1$/,
    new RegExp(`^warning 2.xml: object 2 ${reason}: it was left out$`),
  );
}

const box = (content: string) => `<object><name>ring</name>${content}</object>`;
const bomb =
  '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>';

testFormat(
  "voc",
  [
    fault("no box", box(""), "has no box \\(bndbox\\)"),
    fault("an empty box", box("<bndbox></bndbox>"), "has no box \\(bndbox\\)"),
    fault("a rotated box", box("<robndbox><cx>1</cx></robndbox>"), "has no box \\(bndbox\\)"),
    fault("a box that is a text", box("<bndbox>1 2 3 4</bndbox>"), "has no box \\(bndbox\\)"),
    fault(
      "two boxes",
      box("<bndbox><xmin>1</xmin></bndbox><bndbox><xmin>1</xmin></bndbox>"),
      "has several boxes \\(bndbox\\)",
    ),
    fault(
      "an edge is missing",
      box("<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>3</xmax></bndbox>"),
      "has no ymax",
    ),
    fault(
      "an edge is there twice",
      box(
        "<bndbox><xmin>1</xmin><xmin>1</xmin><ymin>1</ymin><xmax>3</xmax><ymax>3</ymax></bndbox>",
      ),
      "has no xmin",
    ),
    fault("an edge is empty", object("ring", ["", 1, 2, 3]), "has no xmin"),
    fault(
      "an edge is a word",
      object("ring", [1, "two", 3, 4]),
      "has the ymin 'two', which is not a number",
    ),
    fault(
      "an edge is NaN",
      object("ring", [1, 2, "nan", 4]),
      "has the xmax 'nan', which is not a number",
    ),
    fault(
      "an edge is infinite",
      object("ring", [1, 2, "1e999", 4]),
      "has the xmax '1e999', which is not a number",
    ),
    fault(
      "an edge has a decimal comma",
      object("ring", [1, 2, "3,5", 4]),
      "has the xmax '3,5', which is not a number",
    ),
    fault(
      "an edge is hexadecimal",
      object("ring", [1, 2, "0x10", 4]),
      "has the xmax '0x10', which is not a number",
    ),
    fault(
      "xmin is greater than xmax",
      object("ring", [9, 2, 3, 4]),
      "has an xmin that is greater than its xmax",
    ),
    fault(
      "ymin is greater than ymax",
      object("ring", [1, 9, 3, 4]),
      "has a ymin that is greater than its ymax",
    ),
    fault("no name", object(""), "has no name"),
    fault("a name of blanks", object("  "), "has no name"),
    fault("two names", object("ring", [1, 2, 3, 4], "<name>solid</name>"), "has no name"),
    fault("an empty object", "<object/>", "has no box \\(bndbox\\)"),
    fault("an object that is a text", "<object>ring</object>", "has no box \\(bndbox\\)"),
    second(
      "only objects that cannot be used",
      vocFile(object("")),
      null,
      /objects that were left out: 1$/,
      /^warning \.: images were left out with all of their annotations.*: 1 \(2.png\)$/,
      /object 1 has no name/,
    ),
    second("a box of one pixel", vocFile(object("ring", [1, 1, 1, 1])), [["ring", 0, 0, 1, 1]]),
    second("a box of the whole image", vocFile(object("ring", [1, 1, WIDTH, HEIGHT])), [
      ["ring", 0, 0, WIDTH, HEIGHT],
    ]),
    second("decimals", vocFile(object("ring", ["5.5", "7.", "9.75", "2.6e+1"])), [
      ["ring", 4.5, 6, 9.75, 26],
    ]),
    second(
      "a name with blanks, entities and other letters",
      vocFile(object(" Größe &amp; &lt;Form&gt; &#233; ")),
      [["Größe & <Form> é", 4, 6, 14, 26]],
    ),
    second("a name that is a number", vocFile(object("007")), [["007", 4, 6, 14, 26]]),
    second(
      "the same box twice",
      vocFile(object() + object("solid")),
      [BOX],
      /^warning 2.xml \(box left out\): object 2: the same box as object 1, of another class: remove/,
    ),
    second(
      "a box over the border",
      vocFile(object("ring", [30, 7, 50, 26])),
      [["ring", 29, 6, WIDTH, 26]],
      /^warning 2.xml: object 1: the box reaches 25.0 % beyond the image: it was clipped$/,
    ),
    second(
      "a box outside the image",
      vocFile(object("ring", [90, 7, 95, 26])),
      null,
      /object 1: the box reaches/,
      /object 1: the box is empty/,
      /2.png: none of its 1 annotations can be used/,
    ),
    second(
      "parts of an object with boxes of their own",
      vocFile(
        object(
          "ring",
          [5, 7, 14, 26],
          "<part><name>x</name><bndbox><xmin>1</xmin></bndbox></part>",
        ),
      ),
      [BOX],
    ),
    second("no size", vocFile(object(), "", []), [BOX]),
    second("a size of 0", vocFile(object(), "", [0, 0]), [BOX]),
    second("a size that is no number", vocFile(object(), "", [NaN, 5]), [BOX]),
    second(
      "the size of a larger image of the same shape",
      vocFile(object("ring", [9, 13, 28, 52]), "", [80, 60]),
      [BOX],
      /2.png: the image is 40 x 30 pixels, and the annotations are for 80 x 60: its boxes were scaled to the image$/,
    ),
    second(
      "the size of another image",
      vocFile(object(), "", [100, 30]),
      null,
      /2.png: the image is 40 x 30 pixels, and the annotations are for 100 x 30: it was left out/,
    ),
    second("no objects", vocFile(""), []),
    second("an annotation without anything", "<annotation/>", []),
    second(
      "a file name that is not the XML file's",
      vocFile(object(), "other.png"),
      [BOX],
      /^warning \.: XML files with a <filename> that is not their own name: 1 \(2.xml\); the image/,
    ),
    second("a file name with a folder and another ending", vocFile(object(), "C:\\mine\\2.jpeg"), [
      BOX,
    ]),
    second(
      "another XML file, which is ignored",
      "<svg><object/></svg>",
      null,
      /^warning \.: images that no annotation file names were left out/,
    ),
    second(
      "XML in Latin-1, as it declares",
      Buffer.from(
        FILE.replace('"1.0"', '"1.0" encoding="ISO-8859-1"').replace("ring", "Läsion"),
        "latin1",
      ),
      [["Läsion", 4, 6, 14, 26]],
    ),
    second("XML in UTF-16", Buffer.from(`\uFEFF${FILE}`, "utf16le"), [BOX]),
    second(
      "comments, CDATA and instructions",
      FILE.replace("<annotation", "<!-- <object> --><annotation").replace(
        "<name>ring",
        "<?x y?><name><![CDATA[ring]]>",
      ),
      [BOX],
    ),
    unreadable("an empty file", "", "it is not XML .*"),
    unreadable("a text", "no XML", "it is not XML .*"),
    unreadable("a file that is cut", FILE.slice(0, -20), "it is not XML .*"),
    unreadable("tags that do not match", FILE.replace("</name>", "</nam>"), "it is not XML .*"),
    unreadable("two roots", FILE + FILE.slice(22), "it is not XML .*"),
    unreadable(
      "bytes that are no text",
      Buffer.from([0x3c, 0xff, 0xfe, 0x80]),
      "it is not text in UTF-8",
    ),
    unreadable(
      "an encoding that there is not",
      Buffer.from(
        FILE.replace('"1.0"', '"1.0" encoding="X-NONE"').replace("ring", "Läsion"),
        "latin1",
      ),
      "it is not text in X-NONE",
    ),
    unreadable(
      "a file of 2 MB",
      FILE + " ".repeat(2e6),
      "it has 2 MB, more than the limit of 1 MB",
    ),
    unreadable(
      "entities that would fill the memory",
      bomb + FILE.slice(22).replace("ring", "&c;"),
      "it has a document type .*",
    ),
    unreadable(
      "an entity that reads a file",
      `<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>${FILE.slice(22).replace("ring", "&x;")}`,
      "it has a document type .*",
    ),
    unreadable(
      "tags a hundred thousand deep",
      `<annotation>${"<a>".repeat(1e5)}${"</a>".repeat(1e5)}</annotation>`,
      "it is XML that cannot be read .*",
    ),
    unreadable(
      "names that objects have",
      FILE.replaceAll("object", "__proto__"),
      "it is XML that cannot be read .*",
    ),
    second("names that objects have too", FILE.replaceAll("segmented", "hasOwnProperty"), [BOX]),
    {
      ...second(
        "a million attributes",
        FILE.replace(
          "verified",
          `${Array.from({ length: 60000 }, (_, i) => `a${i}=""`).join(" ")} verified`,
        ),
        [BOX],
      ),
      within: 20_000,
    },
    second(
      "fractions of the image",
      vocFile(object("ring", [0.1, 0.2, 0.5, 1])),
      [["ring", 4, 6, 20, 30]],
      /^warning \.: files whose boxes are below 1 and are read as fractions of the image: 1$/,
    ),
    second(
      "a box that begins at 0: all pixels are counted from 0",
      vocFile(object("solid", [0, 7, 14, 26])),
      [["solid", 0, 7, 14, 26]],
      /^warning \.: pixels are counted from 0, and not from 1 .*, because boxes begin at pixel 0: 1; the option 'firstPixel' says otherwise$/,
    ),
  ].map((given) => {
    if (given.name.startsWith("a box that begins at 0"))
      return {
        ...given,
        boxes: { "1.png": [["ring", 5, 7, 14, 26]], "2.png": given.boxes["2.png"] },
      } as FormatCase;
    return given;
  }),
);

testFormat("voc", [
  {
    ...second(
      "pixels that are counted from 0, as the user says",
      vocFile(object("ring", [0, 7, 14, 26])),
      [["ring", 0, 7, 14, 26]],
    ),
    options: { firstPixel: 0 },
    boxes: { "1.png": [["ring", 5, 7, 14, 26]], "2.png": [["ring", 0, 7, 14, 26]] },
  },
  {
    ...second(
      "pixels that are counted from 1, as the user says",
      vocFile(object("ring", [0, 7, 14, 26])),
      [["ring", 0, 6, 14, 26]],
      /object 1: the box reaches 2.5 % beyond the image/,
    ),
    options: { firstPixel: 1 },
  },
  {
    ...second(
      "difficult objects are kept",
      vocFile(object("ring", undefined, "<difficult>1</difficult>")),
      [BOX],
    ),
    check: ({ notes }) =>
      assert.match(notes[1], /^1 objects are marked as difficult and are used like/),
  },
  {
    ...second(
      "difficult objects are left out",
      vocFile(
        object("ring", undefined, "<difficult>1</difficult>") + object("solid", [1, 1, 2, 2]),
      ),
      [["solid", 0, 0, 2, 2]],
    ),
    options: { difficult: "leave-out" },
    check: ({ notes }) =>
      assert.match(notes[1], /^1 objects that are marked as difficult were left out/),
  },
  {
    ...second(
      "an image with only difficult objects, which are left out",
      vocFile(object("ring", undefined, "<difficult>1</difficult>")),
      null,
      /images were left out with all of their annotations.*: 1 \(2.png\)/,
    ),
    options: { difficult: "leave-out" },
  },
  {
    name: "an image with an unreadable file never counts as an image without boxes",
    images: ["1.png", "2.png", "3.png"],
    files: { "1.xml": FILE, "2.xml": "<annotation" },
    options: { unlisted: "no-boxes" },
    boxes: { "1.png": [BOX], "3.png": [] },
    problems: [
      /XML files that were left out/,
      /images that no annotation file names count as images without boxes: 1 \(3.png\)$/,
      /2.xml/,
    ],
  },
  {
    name: "images that are found by <filename>, as there is none with the XML file's name",
    images: ["a.png", "b.png"],
    files: {
      "annotations/001.xml": vocFile(object(), "a.png"),
      "annotations/002.xml": vocFile(object("solid"), "b"),
    },
    boxes: { "a.png": [BOX], "b.png": [["solid", 4, 6, 14, 26]] },
    problems: [/^warning \.: XML files with a <filename> that is not their own name: 2/],
  },
  {
    name: "an image that two XML files name belongs to the one of its own name",
    images: ["a.png"],
    files: { "a.xml": vocFile(object(), "a.png"), "b.xml": vocFile(object("solid"), "a.png") },
    boxes: { "a.png": [["ring", 4, 6, 14, 26]] },
    problems: [
      /^warning \.: XML files with a <filename>/,
      /^warning \.: images that are annotated, and whose files are missing, were left out: 1 \(b\) of 2$/,
    ],
  },
  {
    name: "none of the images is there",
    images: ["x.png"],
    files: { "1.xml": FILE },
    refused:
      /none of the 1 images that its annotation files describe is below this folder; they are called 1/,
  },
  {
    name: "only XML of other kinds",
    images: ["x.png"],
    files: { "x.xml": "<svg/>" },
    refused: /no images were found\..*This folder has these files: 1 \.png, 1 \.xml\./,
  },
]);
