/** Plans the input of the network: crop, channels and image size. */
import { type Shape, shapeSize } from "../boxes/anchors";
import type { Config } from "../config/index";
import { percent } from "../util/percent";
import type { PlanDraft } from "./plan-draft";
import { quantile } from "./quantiles";
import { type ImageView, MEASURED_CROP, type TrainingStatistics } from "./training-statistics";

/**
 * The crop is used when a quarter of the images has a dark border, so that the bright part fills at
 * most this fraction of their longer side. It also makes heads of different sizes equally large.
 */
const CROPPED = 0.25;
const MAX_HEAD = 0.9;

/** The crop is not used when it cuts more than this fraction of the boxes. */
const MAX_CUT_BOXES = 0.01;

/** Colors are used when more than this fraction of the images has colors. */
const MIN_COLORED = 0.05;

/** Small boxes: a tenth of the boxes is smaller. */
const SMALL = 0.1;

/** Stride of the finest map, in pixels of the network's input. */
export const FINEST_STRIDE = 8;

/**
 * Smallest size of a small box in the input, in pixels: 4 and 5 cells of the finest map. A
 * fine-tuned backbone is worth more pixels.
 */
const SMALL_BOX = { frozen: 32, fineTuning: 40 } as const;

/** Limits of the image size, and its steps, in pixels. */
const MIN_SIZE = 256;
const MAX_SIZE = 640;
const SIZE_STEP = 32;

/** An image is enlarged at most by this factor: more pixels would add nothing. */
const MAX_ENLARGEMENT = 2.5;

/** How the backbone is trained. */
export type BackboneUse = "frozen" | "fineTuning";

/** Plans crop, channels and image size. */
export function planInput(draft: PlanDraft, { views }: TrainingStatistics, use: BackboneUse): void {
  planCrop(draft, views);
  planChannels(draft, views);
  planImageSize(draft, views, use);
}

function planCrop(draft: PlanDraft, views: readonly ImageView[]): void {
  const boxes = views.flatMap((view) => view.boxes);
  const cut = boxes.filter(({ isCut }) => isCut).length / boxes.length;
  const head = quantile(
    views.map(({ headSide, longerSide }) => headSide / longerSide),
    CROPPED,
  );
  const isUseful = head <= MAX_HEAD && cut <= MAX_CUT_BOXES;
  const why =
    cut > MAX_CUT_BOXES
      ? `A crop to the bright part would cut ${percent(cut)} of the boxes`
      : `In a quarter of the images the bright part fills at most ${percent(head)} of the longer side: ${isUseful ? "without the dark border lesions get more pixels, and heads of different sizes become equal" : "there is no dark border to cut off"}`;
  draft.choose("crop", { data: { cropToHead: isUseful ? MEASURED_CROP : null } }, `${why}.`);
}

function planChannels(draft: PlanDraft, views: readonly ImageView[]): void {
  const colored = views.filter(({ isColored }) => isColored).length / views.length;
  draft.choose(
    "channels",
    { data: { channels: colored > MIN_COLORED ? "rgb" : "grey" } },
    `${percent(colored)} of ${views.length} images have colors.`,
  );
}

function planImageSize(draft: PlanDraft, views: readonly ImageView[], use: BackboneUse): void {
  const { cropToHead } = draft.config.data;
  const relative = networkShapes(views, { imageSize: 1, cropToHead }).map(shapeSize);
  const small = quantile(relative, SMALL);
  const native = quantile(
    views.map((view) => inputSide(view, cropToHead)),
    0.5,
  );
  const wanted = SMALL_BOX[use] / small;
  const most = Math.min(MAX_SIZE, MAX_ENLARGEMENT * native);
  const steps = (size: number, round: (value: number) => number) =>
    SIZE_STEP * round(size / SIZE_STEP);
  const size = Math.max(MIN_SIZE, Math.min(steps(wanted, Math.ceil), steps(most, Math.floor)));
  const limit =
    size < wanted
      ? ` This needs ${Math.round(wanted)} px; ${most < MAX_SIZE ? `the median image has ${Math.round(native)} px and is enlarged at most ${MAX_ENLARGEMENT} times` : `the largest size is ${MAX_SIZE} px`}.`
      : "";
  draft.choose(
    "image size",
    { data: { imageSize: size } },
    `A tenth of the boxes is smaller than ${percent(small)} of the side: with ${size} px these have ${Math.round(small * size)} px, and ${SMALL_BOX[use]} are wanted (${SMALL_BOX[use] / FINEST_STRIDE} cells at stride ${FINEST_STRIDE}).${limit}`,
  );
}

/** The side of the square that becomes the network's input, in pixels of the original image. */
function inputSide(
  { headSide, longerSide }: ImageView,
  cropToHead: Config["data"]["cropToHead"],
): number {
  return cropToHead ? (headSide * cropToHead.margin) / MEASURED_CROP.margin : longerSide;
}

/**
 * The boxes of all images in pixels of the network's input. A side that extends over the crop has
 * the size of the input.
 */
export function networkShapes(
  views: readonly ImageView[],
  { imageSize, cropToHead }: Pick<Config["data"], "imageSize" | "cropToHead">,
): Shape[] {
  return views.flatMap((view) => {
    const scale = imageSize / inputSide(view, cropToHead);
    return view.boxes.map(({ width, height }) => ({
      width: Math.min(imageSize, width * scale),
      height: Math.min(imageSize, height * scale),
    }));
  });
}
