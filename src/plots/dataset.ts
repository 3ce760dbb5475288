/** Figures of a data set as counts and sizes: splits, classes, patients and boxes. */
import type { Dataset } from "../data/dataset";
import { groupOf, patientName } from "../data/groups";
import type { Annotation, ImageRecord } from "../types";
import { groupBy } from "../util/group-by";
import { axis, escapeText, type Figure, figure, type Layout, round, type Trace } from "./figure";

/** Cells on a side of the map of box positions. */
const MAP_CELLS = 32;

/**
 * Patients, images and boxes of every split; images without boxes are counted apart. Where patients
 * are not known, groups of images that are alike are counted.
 * @example
 * await show(figures.splitOverview(dataset));
 */
export function splitOverview(dataset: Dataset): Figure {
  const parts = dataset.splits.map((name) => dataset.split(name));
  const bar = (name: string, count: (part: Dataset) => number): Trace => ({
    type: "bar",
    name,
    x: dataset.splits.map(escapeText),
    y: parts.map(count),
  });
  const hasBoxes = ({ annotations }: ImageRecord) => annotations.length > 0;
  const traces = [
    dataset.arePatientsKnown
      ? bar("patients", ({ patients }) => patients.length)
      : bar("groups of images", ({ groups }) => groups.length),
    bar("images with boxes", ({ images }) => images.filter(hasBoxes).length),
    bar("images without boxes", ({ images }) => images.filter((image) => !hasBoxes(image)).length),
    bar("boxes", ({ boxCount }) => boxCount),
  ];
  const units = dataset.arePatientsKnown ? "Patients" : "Groups";
  return figure(traces, `${units}, images and boxes of each split`, {
    yaxis: axis("count"),
    barmode: "group",
  });
}

/**
 * The number of boxes of each class in each split.
 * @example
 * await show(figures.classDistribution(dataset));
 */
export function classDistribution(dataset: Dataset): Figure {
  const traces = dataset.classNames.map((name, classId) => ({
    type: "bar",
    name: escapeText(name),
    x: dataset.splits.map(escapeText),
    y: dataset.splits.map((split) => boxesOf(dataset.split(split), classId).length),
  }));
  return figure(traces, "Boxes of each class", {
    yaxis: axis("boxes"),
    barmode: "group",
    ...noteWithoutBoxes(dataset),
  });
}

/**
 * Width and height of every box, in pixels of the original images.
 * @example
 * await show(figures.boxSizes(dataset));
 */
export function boxSizes(dataset: Dataset): Figure {
  const traces = dataset.classNames.map((name, classId) => {
    const boxes = boxesOf(dataset, classId);
    return {
      type: "scatter",
      mode: "markers",
      name: escapeText(name),
      marker: { size: 7, opacity: 0.7 },
      x: boxes.map(({ annotation: { box } }) => round(box[2] - box[0], 1)),
      y: boxes.map(({ annotation: { box } }) => round(box[3] - box[1], 1)),
      text: boxes.map(
        ({ image }) =>
          `${escapeText(image.id)}<br>patient ${escapeText(patientName(image.patient))}`,
      ),
      hovertemplate: "%{x} × %{y} pixels<br>%{text}<extra>%{fullData.name}</extra>",
    };
  });
  return figure(traces, "Width and height of the boxes", {
    xaxis: axis("width (pixels)"),
    yaxis: axis("height (pixels)"),
    ...noteWithoutBoxes(dataset),
  });
}

/**
 * How many images have how many boxes.
 * @example
 * await show(figures.boxesPerImage(dataset));
 */
export function boxesPerImage(dataset: Dataset): Figure {
  const images = new Map<number, number>();
  for (const { annotations } of dataset.images)
    images.set(annotations.length, (images.get(annotations.length) ?? 0) + 1);
  const counts = Array.from(images.keys()).sort((a, b) => a - b);
  const trace = {
    type: "bar",
    x: counts.map(String),
    y: counts.map((count) => images.get(count)),
  };
  return figure([trace], "Boxes per image", {
    xaxis: axis("boxes", { type: "category" }),
    yaxis: axis("images"),
  });
}

/** A note in the middle of a figure whose data set has no boxes; otherwise nothing. */
function noteWithoutBoxes(dataset: Dataset): Layout {
  if (boxesOf(dataset).length) return {};
  const middle = { xref: "paper", yref: "paper", x: 0.5, y: 0.5 };
  return { annotations: [{ ...middle, text: "there are no boxes", showarrow: false }] };
}

/**
 * Where boxes are in the images: how many boxes cover each cell of a map. Positions are fractions
 * of the image, so that images of different sizes count alike.
 * @example
 * await show(figures.boxHeatmap(dataset));
 */
export function boxHeatmap(dataset: Dataset): Figure {
  const z = Array.from({ length: MAP_CELLS }, () => new Array<number>(MAP_CELLS).fill(0));
  for (const { image, annotation } of boxesOf(dataset)) {
    const [x1, y1, x2, y2] = annotation.box.map(
      (edge, side) => (edge / (side % 2 ? image.height : image.width)) * MAP_CELLS,
    );
    for (let y = Math.floor(y1); y < Math.min(MAP_CELLS, y2); y++) {
      for (let x = Math.floor(x1); x < Math.min(MAP_CELLS, x2); x++) z[y][x]++;
    }
  }
  const centers = z.map((_, i) => round((i + 0.5) / MAP_CELLS));
  const trace = {
    type: "heatmap",
    x: centers,
    y: centers,
    z,
    colorscale: "Viridis",
    colorbar: { title: { text: "boxes", side: "right" } },
    hovertemplate: "%{z} boxes cover x %{x}, y %{y}<extra></extra>",
  };
  return figure([trace], "Positions of the boxes", {
    xaxis: axis("x (fraction of the width)", { range: [0, 1], constrain: "domain" }),
    yaxis: axis("y (fraction of the height)", { range: [1, 0], scaleanchor: "x" }),
    height: 420,
    ...noteWithoutBoxes(dataset),
  });
}

/**
 * The number of images of each patient, in the color of the class of their boxes. Where patients
 * are not known, of each group of images that are alike. The hover text has the number of boxes.
 * @example
 * await show(figures.patientsOverview(dataset));
 */
export function patientsOverview(dataset: Dataset): Figure {
  const { images, classNames } = dataset;
  const unit = dataset.arePatientsKnown ? "patient" : "group";
  const parts = Array.from(groupBy(images, (image) => groupOf(image, image.id)))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, members]) => {
      const classIds = members.flatMap(({ annotations }) =>
        annotations.map(({ classId }) => classId),
      );
      const present = new Set(classIds);
      const only = present.size ? classNames[classIds[0]] : "no boxes";
      const kind = present.size > 1 ? "several classes" : only;
      return { name, kind, images: members.length, boxes: classIds.length };
    });
  const traces = [...classNames, "several classes", "no boxes"].flatMap((kind): Trace[] => {
    const ofKind = parts.filter((part) => part.kind === kind);
    if (!ofKind.length) return [];
    return [
      {
        type: "bar",
        name: escapeText(kind),
        x: ofKind.map(({ name }) => `${unit} ${escapeText(name)}`),
        y: ofKind.map((part) => part.images),
        customdata: ofKind.map(({ boxes }) => boxes),
        hovertemplate: "%{x}<br>%{y} images, %{customdata} boxes<extra>%{fullData.name}</extra>",
      },
    ];
  });
  return figure(traces, `Images of each ${unit}, by the class of their boxes`, {
    xaxis: axis(`${parts.length} ${unit}s`, { showticklabels: false }),
    yaxis: axis("images"),
  });
}

/** The boxes of a data set with their images; of one class, or of all without `classId`. */
function boxesOf(
  dataset: Dataset,
  classId?: number,
): { readonly image: ImageRecord; readonly annotation: Annotation }[] {
  return dataset.images.flatMap((image) =>
    image.annotations
      .filter((annotation) => classId === undefined || annotation.classId === classId)
      .map((annotation) => ({ image, annotation })),
  );
}
