/**
 * An HTML page without other files. It opens from disk and without a network; its figures are as
 * interactive as in a notebook.
 */
import { readFileSync } from "fs";
import { join } from "path";
import { escapeHtml } from "../display/html-table";
import type { TextTable } from "../metrics/summary-table";
import type { Figure } from "../plots/figure";
import { PLOT_CONFIG } from "../plots/plot-config";
import { DISCLAIMER } from "../util/disclaimer";

/** One part of a page. Texts are escaped here; HTML must be escaped by its maker. */
export type PagePart =
  | { readonly heading: string }
  | { readonly text: string }
  | { readonly table: TextTable }
  | { readonly figure: Figure }
  | { readonly html: string };

const STYLE = `
:root { color-scheme: light dark; }
body { background: Canvas; color: CanvasText; font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; }
.notice { border-left: 4px solid #d55e00; padding: 0.3rem 0.8rem; }
table { border-collapse: collapse; margin: 1rem 0; }
th, td { border-bottom: 1px solid #8888; padding: 0.2rem 0.8rem; text-align: left; }
td:not(:first-child) { font-variant-numeric: tabular-nums; }
.plot { min-height: 20rem; }
`;

/** The scripts that draw a figure in a browser. */
const SCRIPTS = ["fitted-layout.js", "draw-figure.js"].map((name) => join(__dirname, name));

/**
 * The text of a page. Its figures are drawn when it opens. Plotly, which has 10 MB, is inside only
 * where there is a figure.
 */
export function htmlPage(title: string, parts: readonly PagePart[]): string {
  const figures: Figure[] = [];
  const body = parts.map((part) => {
    if ("heading" in part) return `<h2>${escapeHtml(part.heading)}</h2>`;
    if ("text" in part) return `<p>${escapeHtml(part.text)}</p>`;
    if ("html" in part) return part.html;
    if ("table" in part) return tableHtml(part.table);
    figures.push(part.figure);
    return `<div class="plot" id="plot${figures.length - 1}"></div>`;
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
<p class="notice">${escapeHtml(DISCLAIMER)}</p>
${body.join("\n")}
${figures.length ? scripts(figures) : ""}
</body>
</html>
`;
}

/** JSON for a script element. No text in it can end the script or begin a comment. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value)
    .replace(/</g, "\\u003c")
    .replace(/\u2028/g, "\\u2028")
    .replace(/\u2029/g, "\\u2029");
}

function scripts(figures: readonly Figure[]): string {
  const plotly = readFileSync(require.resolve("plotly.js-dist"), "utf8").replace(
    /<\/script/gi,
    "<\\/script",
  );
  return `<script>${plotly}</script>
<script>
const figures = ${scriptJson(figures)};
const config = ${scriptJson(PLOT_CONFIG)};
${SCRIPTS.map((path) => readFileSync(path, "utf8")).join("\n")}
figures.forEach((figure, i) => drawFigure("plot" + i, { ...figure, config }));
</script>`;
}

function tableHtml({ columns, rows }: TextTable): string {
  const cells = (tag: string, row: readonly string[]) =>
    row.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join("");
  const body = rows.map((row) => `<tr>${cells("td", row)}</tr>`).join("\n");
  return `<table><thead><tr>${cells("th", columns)}</tr></thead><tbody>${body}</tbody></table>`;
}
