/** One thing as a display message: every kind of viewer finds a picture of it that it can show. */
import type { DataFrame } from "danfojs-node";
import type { Figure } from "../plots/figure";
import type { DisplayMessage } from "./notebook";
import { renderSvg } from "./static-figure";
import { isDataFrame, tableHtml, tableText } from "./html-table";

export const PLOTLY_TYPE = "application/vnd.plotly.v1+json";

/** What a cell can show. */
export type Showable = Figure | DataFrame | string;

/** The message that shows one thing. */
export async function displayMessage(item: Showable): Promise<DisplayMessage> {
  if (typeof item === "string") return { data: { "text/plain": item } };
  if (isDataFrame(item))
    return { data: { "text/html": tableHtml(item), "text/plain": tableText(item) } };
  return {
    data: {
      [PLOTLY_TYPE]: plainJson(item),
      "image/svg+xml": await renderSvg(item),
      "text/plain": plainText(item),
    },
  };
}

/** One line, or a table as text: for where nothing else can be shown. */
export function plainText(item: Showable): string {
  if (typeof item === "string") return item;
  if (isDataFrame(item)) return tableText(item);
  const title = item.layout.title as { text?: string } | undefined;
  return `[figure: ${(title?.text ?? "untitled").replace(/<[^>]*>/g, " ")}]`;
}

/** JSON knows no typed arrays: they become plain ones. */
export function plainJson(figure: Figure): unknown {
  return JSON.parse(
    JSON.stringify(figure, (_, value: unknown) =>
      ArrayBuffer.isView(value) && !(value instanceof DataView)
        ? Array.from(value as Float32Array)
        : value,
    ),
  );
}
