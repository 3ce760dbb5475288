/** All images with ground truth and detections on one page, which can be sorted. */
import { patientName } from "../data/groups";
import { escapeHtml } from "../display/html-table";
import type { ImageErrors } from "../metrics/worst-images";
import { errorText } from "../plots/detection-panel";
import { pictureOfRecord } from "../plots/picture";
import type { Detection, ImageBox, ImageDetections, ImageRecord } from "../types";
import type { PagePart } from "./page";

/** The longer side of a picture in pixels; a hundred pictures make a page of about 2 MB. */
const PICTURE_SIDE = 256;

/** The detections of a gallery. */
export interface GalleryOptions {
  /** Boxes in pixels of the original images. */
  readonly detections: readonly ImageDetections[];
  readonly classNames: readonly string[];
  /** Detections below this score are not drawn. */
  readonly scoreThreshold: number;
}

/** One image with everything that its card shows. */
interface CardInput {
  readonly image: ImageRecord;
  readonly error: ImageErrors;
  readonly detections: readonly Detection[];
  readonly classNames: readonly string[];
}

/**
 * A picture for each image: ground truth dashed, detections solid with score and class in the hover
 * text. Buttons sort by severity of the errors, by patient and by file.
 * @param errors from `worstImages`, at the same threshold, in the order of the page
 * @param images the records of these images
 * @throws when an image of `errors` is not among `images`, or its file is not readable
 */
export async function gallery(
  errors: readonly ImageErrors[],
  images: readonly ImageRecord[],
  { detections, classNames, scoreThreshold }: GalleryOptions,
): Promise<PagePart[]> {
  const records = new Map(images.map((image) => [image.id, image]));
  const byImage = new Map(detections.map((found) => [found.imageId, found.detections]));
  const cards: string[] = [];
  for (const error of errors) {
    const image = records.get(error.imageId);
    if (!image)
      throw new Error(`image '${error.imageId}' has errors, but is not among the images given`);
    const drawn = (byImage.get(image.id) ?? []).filter(({ score }) => score >= scoreThreshold);
    cards.push(await card({ image, error, detections: drawn, classNames }));
  }
  const note = `Dashed: ground truth. Solid: detections with a score of ${scoreThreshold.toFixed(3)} or more. ${images.length} images.`;
  return [
    { text: note },
    { html: `${STYLE}<p>${BUTTONS}</p><div class="gallery">${cards.join("\n")}</div>${SCRIPT}` },
  ];
}

async function card({ image, error, detections, classNames }: CardInput): Promise<string> {
  const { id, width, height } = image;
  const patient = escapeHtml(patientName(image.patient));
  const { source } = await pictureOfRecord(image, PICTURE_SIDE);
  const groundTruth = image.annotations.map(({ box, classId }) =>
    rectangle(box, "ground-truth", classNames[classId]),
  );
  const found = detections.map(({ box, score, classId }) =>
    rectangle(box, "detection", `${classNames[classId]} ${score.toFixed(3)}`),
  );
  return `<figure data-severity="${error.severity}" data-patient="${patient}" data-file="${escapeHtml(id)}">
<svg viewBox="0 0 ${width} ${height}"><image href="${source}" width="${width}" height="${height}" preserveAspectRatio="none"/>${groundTruth.join("")}${found.join("")}</svg>
<figcaption>${escapeHtml(id)}<br>patient ${patient}: ${errorText(error)}</figcaption>
</figure>`;
}

function rectangle(
  [x1, y1, x2, y2]: ImageBox,
  kind: "ground-truth" | "detection",
  title: string,
): string {
  const [x, y, width, height] = [x1, y1, x2 - x1, y2 - y1].map((value) => value.toFixed(1));
  return `<rect class="${kind}" x="${x}" y="${y}" width="${width}" height="${height}"><title>${escapeHtml(title)}</title></rect>`;
}

const STYLE = `<style>
.gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); gap: 1rem; }
.gallery figure { margin: 0; font-size: 0.8rem; overflow-wrap: anywhere; }
.gallery svg { width: 100%; background: black; }
.gallery rect { fill: transparent; stroke-width: 2; vector-effect: non-scaling-stroke; }
.gallery .ground-truth { stroke: #56b4e9; stroke-dasharray: 6 4; }
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
