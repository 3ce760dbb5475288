/**
 * One HTML page that needs nothing beside it: it opens from disk, without a network, with its
 * plots as interactive as in a notebook.
 */
import { readFileSync } from "fs";
import { DISCLAIMER } from "../util/disclaimer";
import { escapeHtml } from "../display/html-table";
import type { Figure } from "../plots/figure";

/**
 * A part of a page: prose (its text is escaped), a table, a figure, or HTML that was escaped where
 * it was made.
 */
export type PagePart =
  | { readonly heading: string }
  | { readonly text: string }
  | {
      readonly table: {
        readonly columns: readonly string[];
        readonly rows: readonly (readonly string[])[];
      };
    }
  | { readonly figure: Figure }
  | { readonly html: string };

const STYLE = `
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; }
.notice { border-left: 4px solid #d55e00; padding: 0.3rem 0.8rem; }
table { border-collapse: collapse; margin: 1rem 0; }
th, td { border-bottom: 1px solid #8888; padding: 0.2rem 0.8rem; text-align: left; }
td:not(:first-child) { font-variant-numeric: tabular-nums; }
.plot { min-height: 20rem; }
`;

/**
 * The page's text. Figures are drawn when it opens; Plotly itself (10 MB) is inside only where
 * there are any.
 */
export function htmlPage(title: string, parts: readonly PagePart[]): string {
  const figures: Figure[] = [];
  const body = parts.map((part) => {
    if ("heading" in part) return `<h2>${escapeHtml(part.heading)}</h2>`;
    if ("text" in part) return `<p>${escapeHtml(part.text)}</p>`;
    if ("html" in part) return part.html;
    if ("table" in part) return tableOf(part.table);
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
${figures.length ? drawing(figures) : ""}
</body>
</html>
`;
}

/** JSON that can stand inside a script: no text in it can end the script or begin a comment. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value)
    .replace(/</g, "\\u003c")
    .replace(/\u2028/g, "\\u2028")
    .replace(/\u2029/g, "\\u2029");
}

function drawing(figures: readonly Figure[]): string {
  const plotly = readFileSync(require.resolve("plotly.js-dist"), "utf8").replace(
    /<\/script/gi,
    "<\\/script",
  );
  return `<script>${plotly}</script>
<script>
const figures = ${scriptJson(figures)};
figures.forEach(({ data, layout }, i) => Plotly.newPlot("plot" + i, data, layout, { responsive: true, displaylogo: false }));
</script>`;
}

function tableOf({
  columns,
  rows,
}: {
  columns: readonly string[];
  rows: readonly (readonly string[])[];
}): string {
  const cells = (tag: string, row: readonly string[]) =>
    row.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join("");
  const body = rows.map((row) => `<tr>${cells("td", row)}</tr>`).join("\n");
  return `<table><thead><tr>${cells("th", columns)}</tr></thead><tbody>${body}</tbody></table>`;
}
