/** The same few validation images during training: at the last epoch, and at all epochs in turn. */
import { ABSENT } from "../metrics/metric-text";
import type { History, ValidationRecord } from "../runs/history";
import type { ImageBox, ImageDetections, ImageRecord } from "../types";
import { conditions, type DetectionFigureOptions, detectionPanel } from "./detection-panel";
import { type Figure, figure, roundOrNull } from "./figure";
import { type Panel, panelFigure } from "./panels";
import { GRID_SIDE, type Picture, pictureOfRecord } from "./picture";
import { panelSlider, type SliderStep } from "./slider";
import { spread } from "../util/spread";

/** Epochs under the slider, at most: the figure holds the boxes of each. */
const MAX_EPOCHS = 30;
const GRID = { columns: 4, side: 240 } as const;
/** Height in pixels of the figure before the first validation. */
const EMPTY_HEIGHT = 60;

/** A validation with its detections on the watched images. */
type WatchedValidation = ValidationRecord & { readonly shown: readonly ImageDetections[] };

/** Decoded pictures. A live figure is drawn every second, with the same images. */
const pictures = new WeakMap<ImageRecord, Promise<Picture>>();

/**
 * The detections of the last validation on the watched images. Draw it again while training goes
 * on; it is empty before the first validation.
 * @param images the images of the validation part
 * @throws when the history has validations without detections, as those of early versions
 * @throws when a watched image is not among `images`
 * @example
 * const options = { classNames: dataset.classNames, minScore: 0.3 };
 * await show(await figures.validationSlices(trainer.history, validation.images, options));
 */
export async function validationSlices(
  history: History,
  images: readonly ImageRecord[],
  options: DetectionFigureOptions,
): Promise<Figure> {
  const { minScore, title = "Validation slices" } = options;
  if (!history.validations.length)
    return figure([], "Validation slices: none before the first validation", {
      height: EMPTY_HEIGHT,
      xaxis: { visible: false },
      yaxis: { visible: false },
    });
  const validations = watchedValidations(history);
  const last = validations[validations.length - 1];
  const panels = await panelsOf(last, images, options);
  return panelFigure(panels, {
    ...GRID,
    title: `${title} after epoch ${last.epoch} (${conditions(minScore)})`,
  });
}

/**
 * The detections on the watched images, epoch by epoch under a slider that needs no kernel.
 * @param images the images of the validation part
 * @throws when the history has no validation, or validations without detections, as those of early
 * versions
 * @throws when a watched image is not among `images`
 * @example
 * const options = { classNames: dataset.classNames, minScore: 0.3 };
 * await show(await figures.epochReplay(trainer.history, validation.images, options));
 */
export async function epochReplay(
  history: History,
  images: readonly ImageRecord[],
  options: DetectionFigureOptions,
): Promise<Figure> {
  const { minScore, title = "Validation slices by epoch" } = options;
  const validations = watchedValidations(history);
  const last = validations[validations.length - 1];
  const steps: SliderStep[] = [];
  for (const validation of [...spread(validations.slice(0, -1), MAX_EPOCHS - 1), last]) {
    const { epoch, metrics } = validation;
    const [first, ...others] = await panelsOf(validation, images, options);
    const ap50 = `AP50 of all images: ${roundOrNull(metrics.classAgnostic.AP50, 2) ?? ABSENT}`;
    steps.push({
      label: String(epoch),
      panels: [{ ...first, title: `${first.title}\n${ap50}` }, ...others],
    });
  }
  return panelSlider(steps, {
    ...GRID,
    title: `${title} (${conditions(minScore)})`,
    prefix: "epoch ",
    start: steps.length - 1,
  });
}

async function panelsOf(
  validation: WatchedValidation,
  images: readonly ImageRecord[],
  options: DetectionFigureOptions,
): Promise<Panel<ImageBox>[]> {
  const records = new Map(images.map((image) => [image.id, image]));
  return Promise.all(
    validation.shown.map(async ({ imageId }) => {
      const image = records.get(imageId);
      if (!image)
        throw new Error(
          `the history has detections of '${imageId}', which is not among the ${images.length} images given: give the images of the run's validation part`,
        );
      if (!pictures.has(image)) pictures.set(image, pictureOfRecord(image, GRID_SIDE));
      const picture = await pictures.get(image);
      return detectionPanel(image, validation.shown, { ...options, picture });
    }),
  );
}

function watchedValidations({ validations }: History): WatchedValidation[] {
  const watched = validations.filter((validation): validation is WatchedValidation =>
    Boolean(validation.shown?.length),
  );
  if (watched.length) return watched;
  throw new Error(
    validations.length
      ? "this history keeps no detections by epoch: an early version of this project wrote it, or its validation part has no boxes; train again, or name images with fit({ shown: [...] })"
      : "this history has no validation yet: there is nothing to replay",
  );
}
