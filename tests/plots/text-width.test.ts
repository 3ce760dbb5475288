import assert from "node:assert/strict";
import { test } from "node:test";
import { createCanvas, GlobalFonts } from "@napi-rs/canvas";
import fc from "fast-check";
import { textWidth, wrapText } from "../../src/plots/text-width";

const SIZE = 12;

test("widths are those of DejaVu Sans to a few percent", (context) => {
  if (!GlobalFonts.has("DejaVu Sans")) return context.skip("the font is not installed");
  const canvas = createCanvas(1, 1).getContext("2d");
  canvas.font = `${SIZE}px "DejaVu Sans"`;
  for (const text of [
    "Precision and recall at IoU 0.5",
    "class-agnostic AP50, 95 % interval (n = 12)",
    "WIDE MASKS @ 100 %",
    "illicit fjord, i.e. 'till",
    "32² × 96² pixels → ≥ 3 °",
  ]) {
    const measured = canvas.measureText(text).width;
    const width = textWidth(text, SIZE);
    assert.ok(Math.abs(width / measured - 1) < 0.05, `'${text}': ${width} for ${measured}`);
  }
});

test("an entity is one letter", () => {
  assert.equal(textWidth("a &lt; b &amp; c", SIZE), textWidth("a < b & c", SIZE));
});

test("lines break between words, and long words inside", () => {
  assert.deepEqual(wrapText("one two three", 1000, SIZE), ["one two three"]);
  const width = textWidth("one two", SIZE);
  assert.deepEqual(wrapText("one two three", width, SIZE), ["one two", "three"]);
  assert.deepEqual(wrapText("one<br>two three", 1000, SIZE), ["one", "two three"]);
  assert.deepEqual(wrapText("aaaaa b", textWidth("aaa", SIZE), SIZE), ["aaa", "aa", "b"]);
  assert.deepEqual(wrapText("&lt;&lt;&lt;", textWidth("<<", SIZE), SIZE), ["&lt;&lt;", "&lt;"]);
  assert.deepEqual(wrapText("", 10, SIZE), [""]);
});

test("no line is too wide, and no letter is missing", () => {
  fc.assert(
    fc.property(
      fc.stringMatching(/^[a-zA-Z0-9 .,]*$/),
      fc.integer({ min: 15, max: 200 }),
      (text, width) => {
        const lines = wrapText(text, width, SIZE);
        for (const line of lines) assert.ok(textWidth(line, SIZE) <= width);
        assert.equal(lines.join("").replace(/ /g, ""), text.replace(/ /g, ""));
      },
    ),
  );
});
