/** The display message of a figure, a table or a text, in a form for every kind of viewer. */
import type { DataFrame } from "danfojs-node";
import type { Figure } from "../plots/figure";
import { PLOT_CONFIG } from "../plots/plot-config";
import { isDataFrame, tableHtml, tableText } from "./html-table";
import type { DisplayMessage } from "./notebook";
import { renderSvg } from "./static-figure";
import { summary } from "./summary";

/** The MIME type of a Plotly figure. */
export const PLOTLY_TYPE = "application/vnd.plotly.v1+json";

/** What a cell shows in another form than text. */
export type Showable = Figure | DataFrame | string;

/** Any value as an item that a cell can show: what is no figure and no table becomes a text. */
export function showable(value: unknown): Showable {
  return typeof value === "string" || isFigure(value) || isDataFrame(value)
    ? value
    : summary(value);
}

/** Whether a value is a figure. */
export function isFigure(value: unknown): value is Figure {
  const { data, layout } = (value ?? {}) as Partial<Figure>;
  return Array.isArray(data) && typeof layout === "object";
}

/** The message that shows one item. */
export async function displayMessage(item: Showable): Promise<DisplayMessage> {
  if (typeof item === "string") return { data: { "text/plain": item } };
  if (isDataFrame(item))
    return { data: { "text/html": tableHtml(item), "text/plain": tableText(item) } };
  const { data } = messageWithoutPicture(item);
  return { data: { ...data, "image/svg+xml": await renderSvg(item) } };
}

/** The message that shows a figure where scripts run. */
export function messageWithoutPicture(figure: Figure): DisplayMessage {
  return { data: { [PLOTLY_TYPE]: figureJson(figure), "text/plain": plainText(figure) } };
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
