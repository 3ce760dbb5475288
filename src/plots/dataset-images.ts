/** Figures of images with their boxes: as they are, as the network sees them, and augmented. */
import { patientName } from "../data/groups";
import { unflattenBoxes } from "../boxes/box";
import { type Augmentation, augmentBatch } from "../data/augment";
import type { Dataset } from "../data/dataset";
import { toNetwork } from "../data/letterbox";
import { loadSample, type SampleOptions } from "../data/sample";
import type { Box, ImageBox, ImageRecord, NetworkBox, Sample } from "../types";
import type { BoxGroup } from "./box-groups";
import { CLASS_COLORS, type Figure } from "./figure";
import { fileName, sizeText } from "./hover-text";
import { type Panel, panelFigure } from "./panels";
import { GRID_SIDE, pictureOfRecord, pictureFromPixels, picturesFromTensor } from "./picture";

/**
 * Images with their boxes, in pixels of the original images.
 * @throws when there are no images, or when one is not readable
 * @example
 * await show(await figures.imageGrid(dataset, dataset.images.slice(0, 8)));
 */
export async function imageGrid(
  dataset: Dataset,
  images: readonly ImageRecord[],
  title = "Images with their boxes",
): Promise<Figure> {
  const panels = await Promise.all(
    images.map(async (image): Promise<Panel<ImageBox>> => ({
      picture: await pictureOfRecord(image, GRID_SIDE),
      title: fileName(image.id),
      groups: groupsByClass(image.annotations, dataset.classNames, image),
    })),
  );
  return panelFigure(panels, { title });
}

/**
 * Images as the network sees them, cropped to the head and scaled, with their boxes in pixels of
 * the network's input.
 * @throws when there are no images, or when one is not readable
 * @example
 * await show(await figures.networkInputs(dataset, dataset.images.slice(0, 8), presets.default.data));
 */
export async function networkInputs(
  dataset: Dataset,
  images: readonly ImageRecord[],
  config: SampleOptions,
): Promise<Figure> {
  const panels = await Promise.all(
    images.map(async (image): Promise<Panel<NetworkBox>> => {
      const { pixels, letterbox } = await loadSample(image, config);
      const { size } = letterbox;
      const boxes = image.annotations.map(({ classId, box }) => ({
        classId,
        box: toNetwork(box, letterbox),
      }));
      return {
        picture: await pictureFromPixels({ pixels, width: size, height: size }),
        title: `${image.width} × ${image.height} → ${size} × ${size}`,
        groups: groupsByClass(boxes, dataset.classNames, image),
      };
    }),
  );
  return panelFigure(panels, { title: "Images as the network sees them" });
}

/**
 * One sample under several augmentations, with its boxes in pixels of the network's input.
 * @param changes one panel each; null leaves the sample as it is
 * @throws when there are no changes
 * @example
 * const change = randomAugmentation(config.augmentation, config.data.imageSize, new Random(1));
 * await show(await figures.augmentations(sample, [null, change], dataset.classNames));
 */
export async function augmentations(
  sample: Sample,
  changes: readonly (Augmentation | null)[],
  classNames: readonly string[],
): Promise<Figure> {
  const { images, targets } = augmentBatch(
    changes.map(() => sample),
    changes,
  );
  const pictures = await picturesFromTensor(images);
  images.dispose();
  const panels = pictures.map((picture, i): Panel<NetworkBox> => {
    const boxes = unflattenBoxes(targets[i].boxes).map((box, b) => ({
      classId: targets[i].classIds[b],
      box,
    }));
    return {
      picture,
      title: changes[i] ? `variant ${i}` : "original",
      groups: groupsByClass(boxes, classNames, sample.record),
    };
  });
  return panelFigure(panels, { title: "One image, augmented" });
}

/** Ground-truth boxes as one group for each class. */
function groupsByClass<B extends Box>(
  boxes: readonly { readonly classId: number; readonly box: B }[],
  classNames: readonly string[],
  image: Pick<ImageRecord, "id" | "patient">,
): BoxGroup<B>[] {
  return classNames.map((name, classId) => ({
    name,
    color: CLASS_COLORS[classId % CLASS_COLORS.length],
    dash: "solid",
    boxes: boxes
      .filter((annotation) => annotation.classId === classId)
      .map(({ box }) => ({
        box,
        hover: [name, image.id, `patient ${patientName(image.patient)}`, sizeText(box)],
      })),
  }));
}
