/** What a data set holds, before anything is trained on it. */
import type { Dataset } from "../data/dataset";
import { toNetwork } from "../data/letterbox";
import { loadSample } from "../data/sample";
import type { DataConfig } from "../config/index";
import { unflattenBoxes } from "../boxes/box";
import { Augmentation, augmentBatch } from "../data/augment";
import type { Box, ImageRecord, Sample } from "../types";
import { fileName, sizeText, spread } from "./box-groups";
import { axis, CLASS_COLORS, escapeText, Figure, figure, round, Trace } from "./figure";
import { BoxGroup, Panel, panelFigure, ShownBox } from "./panels";
import { GRID_SIDE, pictureFromFile, pictureFromPixels, picturesFromTensor } from "./picture";

/** Bins a side of the map of where boxes lie. */
const MAP_CELLS = 32;
const GREY_LEVELS = 256;
/** Grey levels a bin of the intensity histogram. */
const GREY_BIN = 4;

/** Bars of the images and boxes of every split; images without boxes are shown apart. */
export function splitOverview(dataset: Dataset): Figure {
  const parts = dataset.splits.map((name) => dataset.split(name));
  const bar = (name: string, value: (part: Dataset) => number): Trace => ({
    type: "bar",
    name,
    x: dataset.splits.map(escapeText),
    y: parts.map(value),
  });
  const traces = [
    bar("patients", (part) => part.patients.length),
    bar(
      "images with boxes",
      (part) => part.images.filter(({ annotations }) => annotations.length).length,
    ),
    bar(
      "images without boxes",
      (part) => part.images.filter(({ annotations }) => !annotations.length).length,
    ),
    bar("boxes", (part) => part.boxCount),
  ];
  return figure(traces, "What each split holds", { yaxis: axis("count"), barmode: "group" });
}

/** Boxes of each class in each split. */
export function classDistribution(dataset: Dataset): Figure {
  const traces = dataset.classNames.map((name, classId) => ({
    type: "bar",
    name: escapeText(name),
    x: dataset.splits.map(escapeText),
    y: dataset.splits.map(
      (split) =>
        boxesOf(dataset.split(split)).filter(({ annotation }) => annotation.classId === classId)
          .length,
    ),
  }));
  return figure(traces, "Boxes of each class", { yaxis: axis("boxes"), barmode: "group" });
}

/** Width against height of every box, in pixels of the original images. */
export function boxSizes(dataset: Dataset): Figure {
  const traces = dataset.classNames.map((name, classId) => {
    const own = boxesOf(dataset).filter(({ annotation }) => annotation.classId === classId);
    return {
      type: "scatter",
      mode: "markers",
      name: escapeText(name),
      marker: { size: 7, opacity: 0.7 },
      x: own.map(({ annotation: { box } }) => round(box[2] - box[0], 1)),
      y: own.map(({ annotation: { box } }) => round(box[3] - box[1], 1)),
      text: own.map(
        ({ image }) => `${escapeText(image.id)}<br>patient ${escapeText(image.patient)}`,
      ),
      hovertemplate: "%{x} × %{y} pixels<br>%{text}<extra>%{fullData.name}</extra>",
    };
  });
  return figure(traces, "Width and height of the boxes", {
    xaxis: axis("width (pixels)"),
    yaxis: axis("height (pixels)"),
  });
}

/** How many boxes the images have. */
export function boxesPerImage(dataset: Dataset): Figure {
  const counts = new Map<number, number>();
  for (const { annotations } of dataset.images)
    counts.set(annotations.length, (counts.get(annotations.length) ?? 0) + 1);
  const numbers = Array.from(counts.keys()).sort((a, b) => a - b);
  const trace = {
    type: "bar",
    x: numbers.map(String),
    y: numbers.map((number) => counts.get(number)),
  };
  return figure([trace], "How many boxes an image has", {
    xaxis: axis("boxes", { type: "category" }),
    yaxis: axis("images"),
  });
}

/**
 * Where in the image boxes lie: how many boxes cover each cell. Axes are fractions of the image.
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
  return figure([trace], "Where the boxes lie", {
    xaxis: axis("x, as part of the width", { range: [0, 1], constrain: "domain" }),
    yaxis: axis("y, as part of the height", { range: [1, 0], scaleanchor: "x" }),
    height: 420,
  });
}

/** Slices and boxes of each patient; the color tells the classes of their boxes. */
export function patientsOverview(dataset: Dataset): Figure {
  const patients = dataset.patients;
  const kindOf = (patient: string) => {
    const classes = new Set(
      boxesOf(dataset.subset((image) => image.patient === patient)).map(
        ({ annotation }) => annotation.classId,
      ),
    );
    if (!classes.size) return "no boxes";
    return classes.size > 1
      ? "several classes"
      : dataset.classNames[classes.values().next().value as number];
  };
  const kinds = new Map(patients.map((patient) => [patient, kindOf(patient)]));
  const names = [...dataset.classNames, "several classes", "no boxes"];
  const traces = names
    .map((name) => ({ name, own: patients.filter((patient) => kinds.get(patient) === name) }))
    .filter(({ own }) => own.length)
    .map(({ name, own }) => ({
      type: "bar",
      name: escapeText(name),
      x: own.map((patient) => `patient ${escapeText(patient)}`),
      y: own.map((patient) => dataset.images.filter((image) => image.patient === patient).length),
      customdata: own.map(
        (patient) => dataset.subset((image) => image.patient === patient).boxCount,
      ),
      hovertemplate: "%{x}<br>%{y} images, %{customdata} boxes<extra>%{fullData.name}</extra>",
    }));
  return figure(traces, "Images of each patient, by the class of their boxes", {
    xaxis: { showticklabels: false, title: { text: `${patients.length} patients` } },
    yaxis: axis("images"),
  });
}

/**
 * How bright boxes and their surroundings are; grey values of the images as the network sees them.
 */
export async function intensityHistogram(
  dataset: Dataset,
  config: DataConfig,
  images = 60,
): Promise<Figure> {
  const inside = new Float64Array(GREY_LEVELS / GREY_BIN);
  const outside = new Float64Array(GREY_LEVELS / GREY_BIN);
  for (const record of spread(dataset.images, images)) {
    const { pixels, boxes, letterbox } = await loadSample(record, config);
    pixels.forEach((value, i) => {
      if (value === 0) return;
      const x = i % letterbox.size;
      const y = Math.floor(i / letterbox.size);
      const isInside = boxes.some(([x1, y1, x2, y2]) => x >= x1 && x < x2 && y >= y1 && y < y2);
      (isInside ? inside : outside)[Math.floor(value / GREY_BIN)]++;
    });
  }
  const line = (name: string, counts: Float64Array): Trace => {
    const total = Math.max(
      1,
      counts.reduce((sum, count) => sum + count, 0),
    );
    const x = Array.from(counts, (_, bin) => (bin + 0.5) * GREY_BIN);
    return {
      type: "scatter",
      mode: "lines",
      name,
      x,
      y: Array.from(counts, (count) => round(count / total, 5)),
    };
  };
  return figure(
    [line("inside boxes", inside), line("outside, black left out", outside)],
    "Grey values inside and outside the boxes",
    {
      xaxis: axis("grey value (0 black, 255 white)"),
      yaxis: axis(`part of the pixels, by ${GREY_BIN} grey values`),
    },
  );
}

/** Images with their boxes. */
export async function imageGrid(
  dataset: Dataset,
  images: readonly ImageRecord[],
  title = "Images with their boxes",
): Promise<Figure> {
  const panels = await Promise.all(
    images.map(async (image): Promise<Panel> => ({
      picture: await pictureFromFile(image.path, GRID_SIDE),
      title: fileName(image.id),
      groups: groundTruthGroups(image.annotations, dataset.classNames, image),
    })),
  );
  return panelFigure(panels, { title });
}

/**
 * Images as the network sees them, cropped to the head and scaled, with their boxes moved along.
 */
export async function networkInputs(
  dataset: Dataset,
  images: readonly ImageRecord[],
  config: DataConfig,
): Promise<Figure> {
  const panels = await Promise.all(
    images.map(async (image): Promise<Panel> => {
      const { pixels, letterbox } = await loadSample(image, config);
      const moved = image.annotations.map(({ classId, box }) => ({
        classId,
        box: toNetwork(box, letterbox),
      }));
      return {
        picture: await pictureFromPixels({ pixels, width: letterbox.size, height: letterbox.size }),
        title: `${image.width} × ${image.height} → ${letterbox.size} × ${letterbox.size}`,
        groups: groundTruthGroups(moved, dataset.classNames, image),
      };
    }),
  );
  return panelFigure(panels, { title: "What the network sees" });
}

/** One sample under several augmentations (null is none), with its boxes moved along. */
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
  const panels = pictures.map((picture, i): Panel => {
    const boxes = unflattenBoxes(targets[i].boxes).map((box, b) => ({
      classId: targets[i].classIds[b],
      box,
    }));
    return {
      picture,
      title: changes[i] ? `variant ${i}` : "as it is",
      groups: groundTruthGroups(boxes, classNames, sample.record),
    };
  });
  return panelFigure(panels, { title: "One image, augmented" });
}

/** Truth boxes grouped by class, for panels. */
export function groundTruthGroups(
  boxes: readonly { classId: number; box: Box }[],
  classNames: readonly string[],
  image: Pick<ImageRecord, "id" | "patient">,
): BoxGroup[] {
  return classNames.map((name, classId) => ({
    name,
    color: CLASS_COLORS[classId % CLASS_COLORS.length],
    dash: "solid",
    boxes: boxes
      .filter((own) => own.classId === classId)
      .map(({ box }): ShownBox => ({
        box,
        hover: [name, image.id, `patient ${image.patient}`, sizeText(box)],
      })),
  }));
}

function boxesOf(dataset: Dataset) {
  return dataset.images.flatMap((image) =>
    image.annotations.map((annotation) => ({ image, annotation })),
  );
}
