import assert from "node:assert/strict";
import test from "node:test";
import { DataFrame } from "danfojs-node";
import { show } from "../../src/display/show";
import { tf } from "../../src/tensor/tensorflow";
import { inNotebook, printed } from "./notebook";

const FIGURE = {
  data: [{ type: "scatter", x: [0, 1, 2], y: new Float32Array([1, 0.5, 2]) }],
  layout: { title: { text: "A <b>line</b>" } },
};
const TABLE = new DataFrame([["<img src=x onerror=alert(1)>", 0.12345]], {
  columns: ["name & class", "score"],
});

const PLOT = "application/vnd.plotly.v1+json";

test("the first figure is a plot at once, and then the same plot with its picture", async () => {
  const messages = await inNotebook(() => show(FIGURE));
  const [first, second] = messages;
  assert.deepEqual(
    messages.map(({ update }) => update),
    [false, true],
  );
  assert.ok(first.id);
  assert.equal(second.id, first.id);
  const { "image/svg+xml": picture, ...others } = second.data;
  assert.match(String(picture), /^<svg /);
  assert.deepEqual(others, first.data);
});

test("a figure is one message with a plot that cannot be sent away, a picture and a line of text", async () => {
  const messages = await inNotebook(() => show(FIGURE));
  assert.equal(messages.length, 1);
  const [{ data, update }] = messages;
  assert.equal(update, false);
  assert.deepEqual(Object.keys(data).sort(), [PLOT, "image/svg+xml", "text/plain"]);
  assert.deepEqual(data[PLOT], {
    data: [{ type: "scatter", x: [0, 1, 2], y: [1, 0.5, 2] }],
    layout: { title: { text: "A <b>line</b>" } },
    config: {
      displaylogo: false,
      showSendToCloud: false,
      plotlyServerURL: "",
      modeBarButtonsToRemove: ["zoomIn2d", "zoomOut2d", "autoScale2d", "select2d", "lasso2d"],
      toImageButtonOptions: { format: "png", scale: 2 },
    },
  });
  assert.match(String(data["image/svg+xml"]), /^<svg /);
  assert.equal(data["text/plain"], "[figure: A  line ]");
  assert.ok(FIGURE.data[0].y instanceof Float32Array, "the figure itself was changed");
});

test("a table is HTML with everything escaped, and text", async () => {
  const [{ data }] = await inNotebook(() => show(TABLE));
  const html = String(data["text/html"]);
  assert.ok(html.includes("&lt;img src=x onerror=alert(1)&gt;"), html);
  assert.ok(html.includes("name &amp; class"), html);
  assert.ok(!html.includes("<img"), html);
  assert.match(String(data["text/plain"]), /name & class +score/);
});

test("a long table shows its first and last rows and the number of all", async () => {
  const rows = Array.from({ length: 100 }, (_, i) => [`row${i}`]);
  const [{ data }] = await inNotebook(() => show(new DataFrame(rows, { columns: ["name"] })));
  const html = String(data["text/html"]);
  for (const part of ["row0<", "row9<", "row90<", "row99<", "100 rows"])
    assert.ok(html.includes(part), part);
  assert.ok(!html.includes("row50<"));
});

test("several items are shown in their order", async () => {
  const messages = await inNotebook(() => show("first", FIGURE, "last"));
  assert.deepEqual(
    messages.map(({ data }) => data["text/plain"]),
    ["first", "[figure: A  line ]", "last"],
  );
});

test("tensors and fractions within a value are short; texts and single numbers stay", async () => {
  const disposed = tf.scalar(1);
  disposed.dispose();
  const losses = {
    total: 2.4324235916137695,
    tiny: 1.2345678901e-7,
    count: 3,
    text: "1.23456789 'a'",
  };
  const lines = await printed(() => show([tf.ones([2, 3]), disposed], losses, 2.4324235916137695));
  assert.deepEqual(lines, [
    "[ Tensor float32 [2, 3]: 1, 1, 1, 1, 1, 1, Tensor float32 [], disposed ]",
    `{ total: 2.43242, tiny: 1.23457e-7, count: 3, text: "1.23456789 'a'" }`,
    "2.4324235916137695",
  ]);
});

test("outside a notebook every item is a line of text", async () => {
  assert.deepEqual(await printed(() => show("words", FIGURE)), ["words", "[figure: A  line ]"]);
});
