import assert from "node:assert/strict";
import { test } from "node:test";
import { JSDOM } from "jsdom";
import { figure } from "../../src/plots/figure";
import { DISCLAIMER } from "../../src/util/disclaimer";
import { htmlPage, scriptJson } from "../../src/report/page";

const HOSTILE = `</script><script>alert("1")</script><!-- & 'x'`;

test("texts, headings and tables are escaped, and the notice is on every page", () => {
  const parts = [
    { heading: HOSTILE },
    { text: HOSTILE },
    { table: { columns: [HOSTILE], rows: [[HOSTILE]] } },
  ];
  const page = htmlPage(HOSTILE, parts);
  const { document } = new JSDOM(page).window;
  assert.equal(document.querySelectorAll("script").length, 0);
  for (const tag of ["title", "h1", "h2", "th", "td"])
    assert.equal(document.querySelector(tag)!.textContent, HOSTILE);
  assert.ok(document.body.textContent!.includes(DISCLAIMER));
  assert.ok(page.length < 10_000, "a page without figures holds Plotly");
});

test("a page holds its figures and Plotly; names cannot end the script; no address is loaded", () => {
  const page = htmlPage("plots", [
    { figure: figure([{ type: "scatter", name: HOSTILE, x: [1], y: [2] }], "one", {}) },
  ]);
  const { document } = new JSDOM(page).window;
  const scripts = [...document.querySelectorAll("script")];
  assert.equal(scripts.length, 2);
  assert.ok(scripts[1].textContent!.includes("Plotly.react"));
  assert.equal(document.querySelectorAll("[src], [href], link, iframe").length, 0);
  assert.equal(document.querySelectorAll(".plot").length, 1);
});

test("JSON for a script is unchanged when it is read", () => {
  const value = { text: HOSTILE, line: "a\u2028b\u2029c" };
  assert.deepEqual(JSON.parse(scriptJson(value)), value);
  assert.doesNotMatch(scriptJson(value), /<|\u2028|\u2029/);
});
