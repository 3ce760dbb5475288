/**
 * Figures of one shape under Plotly's own slider: it needs no kernel, so it works in a saved
 * notebook and in a page opened from disk.
 */
import type { Figure, Layout, Trace } from "./figure";

export interface SliderStep {
  /** What the slider says at this place. */
  readonly label: string;
  readonly figure: Figure;
}

export interface SliderOptions {
  readonly title: string;
  /** Said before the label: `NMS IoU `. */
  readonly prefix: string;
  /** The step shown at first. */
  readonly start?: number;
}

/** Screen pixels for the slider, its value and its ticks. */
const SLIDER = 110;
/** Between the picture's lower edge and the slider. */
const GAP = 30;

/**
 * One figure of all steps' traces, of which one step's are shown at a time; pictures, annotations
 * and the ranges of axes change along. Size and axes' places are the first step's: the figures have
 * to be of the same panels. Throws without steps.
 */
export function underSlider(
  steps: readonly SliderStep[],
  { title, prefix, start = 0 }: SliderOptions,
): Figure {
  if (!steps.length) throw new Error(`'${title}' has nothing to put under a slider`);
  const layouts = steps.map(({ figure }) => figure.layout);
  const shown = layouts[start];
  const data = steps.flatMap(({ figure }, i) =>
    figure.data.map((trace): Trace => ({
      ...trace,
      visible: i === start && trace.visible !== false,
    })),
  );
  const axes = Object.keys(shown).filter((key) => /^[xy]axis\d*$/.test(key));
  const moving = axes.filter((key) => differ(layouts.map((layout) => rangeOf(layout, key))));
  const margin = shown.margin as { readonly b: number };
  return {
    data,
    layout: {
      ...shown,
      title: { text: title },
      height: (shown.height as number) + SLIDER,
      margin: { ...margin, b: margin.b + SLIDER },
      sliders: [
        {
          active: start,
          x: 0,
          len: 1,
          y: 0,
          yanchor: "top",
          pad: { t: GAP + margin.b },
          currentvalue: { prefix },
          steps: steps.map(({ label }, i) => ({
            method: "update",
            label,
            args: [
              {
                visible: steps.flatMap(({ figure }, n) =>
                  figure.data.map(({ visible }) => n === i && visible !== false),
                ),
              },
              {
                ...changes(layouts, i, "images"),
                ...changes(layouts, i, "annotations"),
                ...Object.fromEntries(
                  moving.map((key) => [`${key}.range`, rangeOf(layouts[i], key)]),
                ),
              },
            ],
          })),
        },
      ],
    },
  };
}

/**
 * What has to be set of a list of pictures or annotations: only the properties that are not the
 * same in all steps.
 */
function changes(
  layouts: readonly Layout[],
  step: number,
  key: "images" | "annotations",
): Record<string, unknown> {
  const lists = layouts.map((layout) => (layout[key] ?? []) as readonly Layout[]);
  if (lists.some(({ length }) => length !== lists[0].length)) return { [key]: lists[step] };
  const own = lists[step].flatMap((item, i) =>
    Object.keys(item)
      .filter((property) => differ(lists.map((list) => list[i][property])))
      .map((property) => [`${key}[${i}].${property}`, item[property]]),
  );
  return Object.fromEntries(own) as Record<string, unknown>;
}

function rangeOf(layout: Layout, key: string): unknown {
  return (layout[key] as { readonly range?: unknown } | undefined)?.range;
}

function differ(values: readonly unknown[]): boolean {
  const first = JSON.stringify(values[0]);
  return values.some((value) => JSON.stringify(value) !== first);
}
