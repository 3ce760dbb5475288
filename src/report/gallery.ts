/** All images with their truth and detections on one page, which sorts them by what went wrong. */
import sharp from "sharp";
import { escapeHtml } from "../display/html-table";
import type { ImageErrors } from "../metrics/worst-images";
import type { Box, Detection, ImageDetections, ImageRecord } from "../types";
import { PagePart } from "./page";

/** Longest side of a picture in pixels; a hundred of them make a page of about 2 MB. */
const PICTURE_SIDE = 256;

export interface GalleryOptions {
  readonly classNames: readonly string[];
  /** Detections below it are not drawn. */
  readonly scoreThreshold: number;
}

/**
 * A picture an image: truth in dashes, detections with score and class. Buttons sort by severity of
 * the errors, by patient and by file.
 * @param errors of the same images at the same threshold, from `worstErrors`; throws when one has
 * no image
 */
export async function gallery(
  errors: readonly ImageErrors[],
  images: readonly ImageRecord[],
  detections: readonly ImageDetections[],
  { classNames, scoreThreshold }: GalleryOptions,
): Promise<PagePart[]> {
  const records = new Map(images.map((image) => [image.id, image]));
  const found = new Map(detections.map((own) => [own.imageId, own.detections]));
  const cards: string[] = [];
  for (const error of errors) {
    const image = records.get(error.imageId);
    if (!image)
      throw new Error(`image '${error.imageId}' has errors, but is not among the images given`);
    const shown = (found.get(image.id) ?? []).filter(({ score }) => score >= scoreThreshold);
    cards.push(await card(image, error, shown, classNames));
  }
  const note = `Dashed: truth. Solid: detections of score ${scoreThreshold.toFixed(3)} or more. ${images.length} images.`;
  return [
    { text: note },
    { html: `${STYLE}<p>${BUTTONS}</p><div class="gallery">${cards.join("\n")}</div>${SCRIPT}` },
  ];
}

async function card(
  image: ImageRecord,
  { missed, falsePositives, loose, severity }: ImageErrors,
  detections: readonly Detection[],
  classNames: readonly string[],
): Promise<string> {
  const picture = await sharp(image.path)
    .rotate()
    .resize(PICTURE_SIDE, PICTURE_SIDE, { fit: "inside", withoutEnlargement: true })
    .jpeg()
    .toBuffer();
  const groundTruth = image.annotations.map(({ box, classId }) =>
    rectangle(box, "ground truth", classNames[classId]),
  );
  const boxes = detections.map(({ box, score, classId }) =>
    rectangle(box, "detection", `${classNames[classId]} ${score.toFixed(3)}`),
  );
  const said = [
    missed.length && `${missed.length} missed`,
    falsePositives.length && `${falsePositives.length} false`,
    loose.length && `${loose.length} loose`,
  ].filter(Boolean);
  return `<figure data-severity="${severity}" data-patient="${escapeHtml(image.patient)}" data-file="${escapeHtml(image.id)}">
<svg viewBox="0 0 ${image.width} ${image.height}"><image href="data:image/jpeg;base64,${picture.toString("base64")}" width="${image.width}" height="${image.height}" preserveAspectRatio="none"/>${groundTruth.join("")}${boxes.join("")}</svg>
<figcaption>${escapeHtml(image.id)}<br>patient ${escapeHtml(image.patient)}: ${said.join(", ") || "no error"}</figcaption>
</figure>`;
}

function rectangle([x1, y1, x2, y2]: Box, kind: string, title: string): string {
  const [x, y, width, height] = [x1, y1, x2 - x1, y2 - y1].map((value) => value.toFixed(1));
  return `<rect class="${kind}" x="${x}" y="${y}" width="${width}" height="${height}"><title>${escapeHtml(title)}</title></rect>`;
}

const STYLE = `<style>
.gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); gap: 1rem; }
.gallery figure { margin: 0; font-size: 0.8rem; overflow-wrap: anywhere; }
.gallery svg { width: 100%; background: black; }
.gallery rect { fill: transparent; stroke-width: 2; vector-effect: non-scaling-stroke; }
.gallery .truth { stroke: #56b4e9; stroke-dasharray: 6 4; }
.gallery .detection { stroke: #e69f00; }
</style>`;

const BUTTONS = ["severity", "patient", "file"]
  .map((key) => `<button data-sort="${key}">by ${key}</button>`)
  .join(" ");

const SCRIPT = `<script>
document.querySelectorAll("[data-sort]").forEach((button) => button.addEventListener("click", () => {
  const key = button.dataset.sort;
  const grid = document.querySelector(".gallery");
  const compare = (a, b) => key === "severity" ? b.dataset[key] - a.dataset[key] : a.dataset[key].localeCompare(b.dataset[key], "en", { numeric: true });
  grid.append(...[...grid.children].sort(compare));
}));
</script>`;
