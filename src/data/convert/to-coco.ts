/** Writes COCO: a JSON file for each split. */
import { splitInName } from "../formats/shared/split-names";
import { type ConversionTarget, type PlacedImage, renamedSplits } from "./target";

/** COCO as pycocotools reads it: `annotations/instances_SPLIT.json`. */
export const cocoTarget: ConversionTarget = {
  name: "coco",
  annotationFiles(images, classNames) {
    const files = new Map<string, string>();
    for (const split of new Set(images.map((image) => image.split))) {
      const content = cocoContent(
        images.filter((image) => image.split === split),
        classNames,
      );
      files.set(`annotations/instances_${split}.json`, `${JSON.stringify(content)}\n`);
    }
    return { files, remarks: renamedSplits(images, (split) => splitInName(split) ?? split) };
  },
};

/** The content of a file. Ids begin at 1; file names are paths below the folder of the split. */
function cocoContent(images: readonly PlacedImage[], classNames: readonly string[]): object {
  const annotations = images.flatMap(({ record }, image) =>
    record.annotations.map(({ classId, box: [x1, y1, x2, y2] }) => ({
      image_id: image + 1,
      category_id: classId + 1,
      bbox: [x1, y1, x2 - x1, y2 - y1],
      area: (x2 - x1) * (y2 - y1),
      // Some programs require the key.
      segmentation: [],
      iscrowd: 0,
    })),
  );
  return {
    info: { description: "Converted. For research and teaching only." },
    images: images.map(({ record, split, file }, image) => ({
      id: image + 1,
      file_name: file.slice(`images/${split}/`.length),
      width: record.width,
      height: record.height,
      patient_id: record.patient,
    })),
    annotations: annotations.map((annotation, i) => ({ id: i + 1, ...annotation })),
    categories: classNames.map((name, classId) => ({ id: classId + 1, name })),
  };
}
