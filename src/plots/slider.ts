/**
 * Panels under the slider of Plotly. The slider needs no kernel: it works in a saved notebook and
 * in a page that is opened from disk.
 */
import { type Figure, type Layout, type Trace, withTitle } from "./figure";
import { type Panel, panelFigures, type PanelOptions } from "./panels";
import { textWidth } from "./text-width";

/** One place of the slider. */
export interface SliderStep {
  /** The text of the slider at this place. */
  readonly label: string;
  /** The same number of panels in every step. */
  readonly panels: readonly Panel[];
}

/** The texts of a slider, and how the panels are arranged. */
export interface SliderOptions extends PanelOptions {
  /** The text before the label: `NMS IoU `. */
  readonly prefix: string;
  /** Index of the step that is visible first; 0 by default. */
  readonly start?: number;
}

/** Height of the slider with its value and labels, in pixels. */
const SLIDER = 110;
/** Distance of the slider from what is above it, in pixels. */
const GAP = 30;
const LABEL_SIZE = 12;

/**
 * One figure with the traces of all steps. It shows the traces of one step; pictures, annotations
 * and the ranges of axes change with the step.
 * @throws when there are no steps, or a step without panels
 */
export function panelSlider(steps: readonly SliderStep[], options: SliderOptions): Figure {
  const { title, prefix, start = 0, ...arrangement } = options;
  if (!steps.length || steps.some(({ panels }) => !panels.length))
    throw new Error(`'${title}' has nothing to show under a slider`);
  const figures = panelFigures(
    steps.map(({ panels }) => panels),
    { ...arrangement, title: "" },
  );
  const layouts = figures.map(({ layout }) => layout);
  const data = figures.flatMap((figure, i) =>
    figure.data.map((trace): Trace => ({ ...trace, visible: i === start })),
  );
  const moving = Object.keys(layouts[start])
    .filter((key) => /^[xy]axis\d*$/.test(key))
    .filter((key) => differ(layouts.map((layout) => rangeOf(layout, key))));
  const { height, margin } = layouts[start] as { height: number; margin: { b: number } };
  // Half of the first and of the last label is outside the line of the slider.
  const overhang = Math.max(...steps.map(({ label }) => textWidth(label, LABEL_SIZE))) / 2;
  const layout = {
    ...layouts[start],
    height: height + SLIDER,
    margin: { ...margin, b: margin.b + SLIDER },
    sliders: [
      {
        active: start,
        x: 0,
        len: 1,
        y: 0,
        yanchor: "top",
        pad: { t: GAP + margin.b, l: Math.ceil(overhang), r: Math.ceil(overhang) },
        currentvalue: { prefix },
        steps: steps.map(({ label }, i) => ({
          method: "update",
          label,
          args: [
            { visible: figures.flatMap((figure, n) => figure.data.map(() => n === i)) },
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
  };
  return { data, layout: withTitle(layout, title) };
}

/** The properties of pictures or annotations to set at a step: those that differ between steps. */
function changes(
  layouts: readonly Layout[],
  step: number,
  key: "images" | "annotations",
): Record<string, unknown> {
  const lists = layouts.map((layout) => (layout[key] ?? []) as readonly Layout[]);
  if (lists.some(({ length }) => length !== lists[0].length)) return { [key]: lists[step] };
  const properties = lists[step].flatMap((item, i) =>
    Object.keys(item)
      .filter((property) => differ(lists.map((list) => list[i][property])))
      .map((property) => [`${key}[${i}].${property}`, item[property]]),
  );
  return Object.fromEntries(properties) as Record<string, unknown>;
}

function rangeOf(layout: Layout, key: string): unknown {
  return (layout[key] as { readonly range?: unknown } | undefined)?.range;
}

function differ(values: readonly unknown[]): boolean {
  const first = JSON.stringify(values[0]);
  return values.some((value) => JSON.stringify(value) !== first);
}
