/** The display message of a figure, a table or a text, in a form for every kind of viewer. */
import type { DataFrame } from "danfojs-node";
import type { Figure } from "../plots/figure";
import { PLOT_CONFIG } from "../plots/plot-config";
import { isDataFrame, tableHtml, tableText } from "./html-table";
import type { DisplayMessage } from "./notebook";
import { renderSvg } from "./static-figure";

/** The MIME type of a Plotly figure. */
export const PLOTLY_TYPE = "application/vnd.plotly.v1+json";

/** What a cell can show. */
export type Showable = Figure | DataFrame | string;

/** The message that shows one item. */
export async function displayMessage(item: Showable): Promise<DisplayMessage> {
  if (typeof item === "string") return { data: { "text/plain": item } };
  if (isDataFrame(item))
    return { data: { "text/html": tableHtml(item), "text/plain": tableText(item) } };
  return {
    data: {
      [PLOTLY_TYPE]: figureJson(item),
      "image/svg+xml": await renderSvg(item),
      "text/plain": plainText(item),
    },
  };
}

/** An item as text: a table in lines, a figure as its title. */
export function plainText(item: Showable): string {
  if (typeof item === "string") return item;
  if (isDataFrame(item)) return tableText(item);
  const title = item.layout.title as { text?: string } | undefined;
  return `[figure: ${(title?.text ?? "untitled").replace(/<[^>]*>/g, " ")}]`;
}

/** A figure as JSON for any Plotly renderer. Typed arrays become plain ones. */
export function figureJson(figure: Figure): unknown {
  return JSON.parse(
    JSON.stringify({ ...figure, config: PLOT_CONFIG }, (_, value: unknown) =>
      ArrayBuffer.isView(value) && !(value instanceof DataView)
        ? Array.from(value as Float32Array)
        : value,
    ),
  );
}
