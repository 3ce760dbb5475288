/**
 * The same few validation slices while a detector learns: as they are now, and epoch by epoch
 * under a slider.
 */
import { ABSENT } from "../metrics/metric-text";
import type { History, ValidationRecord } from "../runs/history";
import type { ImageDetections, ImageRecord } from "../types";
import { spread } from "./box-groups";
import { conditions, type DetectionFigureOptions, detectionPanel } from "./detections";
import { type Figure, figure, round } from "./figure";
import { panelFigure } from "./panels";
import { GRID_SIDE, type Picture, pictureFromFile } from "./picture";
import { underSlider } from "./slider";

/** Epochs under the slider at most: each has its own boxes in the figure. */
const MAX_EPOCHS = 30;
const COLUMNS = 4;
const SIDE = 240;
/** Of the figure while there is nothing to see. */
const EMPTY_HEIGHT = 60;

type Shown = ValidationRecord & { readonly shown: readonly ImageDetections[] };

/** Decoded once, since a live figure is drawn every second. */
const pictures = new WeakMap<ImageRecord, Promise<Picture>>();

/**
 * What the last validation found on the few slices that the history keeps, for a figure that is
 * redrawn while training goes on; empty before the first validation. Throws as `epochReplay` does
 * where validations were made without keeping any.
 * @param images those of the validation part
 */
export async function validationSlices(
  history: History,
  images: readonly ImageRecord[],
  options: DetectionFigureOptions,
): Promise<Figure> {
  if (!history.validations.length)
    return figure([], "Validation slices: none before the first validation", {
      height: EMPTY_HEIGHT,
      xaxis: { visible: false },
      yaxis: { visible: false },
    });
  const kept = keptValidations(history);
  const last = kept[kept.length - 1];
  return epochFigure(
    last,
    images,
    options,
    `${options.title ?? "Validation slices"} after epoch ${last.epoch}`,
  );
}

/**
 * The few slices that the history keeps at every validation, epoch by epoch under a slider that
 * needs no kernel. Throws when the history keeps none, as histories of early versions do not, or
 * when their images are not among those given.
 * @param images those of the validation part
 */
export async function epochReplay(
  history: History,
  images: readonly ImageRecord[],
  options: DetectionFigureOptions,
): Promise<Figure> {
  const kept = keptValidations(history);
  const last = kept[kept.length - 1];
  const chosen = [...spread(kept.slice(0, -1), MAX_EPOCHS - 1), last];
  const title = options.title ?? "Validation slices by epoch";
  const steps = [];
  for (const validation of chosen) {
    const { epoch, metrics } = validation;
    const { data, layout } = await epochFigure(validation, images, options, title);
    const [first, ...others] = layout.annotations as { readonly text: string }[];
    const { AP50 } = metrics.classAgnostic;
    const text = `${first.text}; AP50 of all: ${AP50 === null ? ABSENT : round(AP50, 2)}`;
    steps.push({
      label: String(epoch),
      figure: { data, layout: { ...layout, annotations: [{ ...first, text }, ...others] } },
    });
  }
  return underSlider(steps, {
    title: `${title} (${conditions(options.minScore)})`,
    prefix: "epoch ",
    start: steps.length - 1,
  });
}

async function epochFigure(
  { shown }: Shown,
  images: readonly ImageRecord[],
  options: DetectionFigureOptions,
  title: string,
): Promise<Figure> {
  const records = new Map(images.map((image) => [image.id, image]));
  const panels = await Promise.all(
    shown.map(async ({ imageId }) => {
      const image = records.get(imageId);
      if (!image)
        throw new Error(
          `the history keeps detections of '${imageId}', which is not among the ${images.length} images given: give those of the run's validation part`,
        );
      if (!pictures.has(image)) pictures.set(image, pictureFromFile(image.path, GRID_SIDE));
      return detectionPanel(image, shown, options, await pictures.get(image));
    }),
  );
  return panelFigure(panels, {
    title: `${title} (${conditions(options.minScore)})`,
    columns: COLUMNS,
    side: SIDE,
  });
}

function keptValidations({ validations }: History): Shown[] {
  const kept = validations.filter((validation): validation is Shown =>
    Boolean(validation.shown?.length),
  );
  if (kept.length) return kept;
  throw new Error(
    validations.length
      ? "this history keeps no detections by epoch: an early version of this project trained it, or its validation part has no boxes; train again, or name images by fit({ shown: [...] })"
      : "this history has no validation yet, so there is nothing to replay",
  );
}
