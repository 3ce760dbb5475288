/** Which outputs of the executed notebooks become pictures of the documentation. */

export interface PictureSource {
  /** File name below `docs/pictures`. */
  readonly picture: string;
  /** File name below `notebooks`. */
  readonly notebook: string;
  /** The picture comes from the last code cell whose source matches this. */
  readonly cell: RegExp;
  /** Which of the figures that the cell shows, counted from 0. */
  readonly figure: number;
  /** Pixels. A thumbnail has a fixed size and a caption; other pictures have only a width. */
  readonly size: { readonly width: number; readonly thumbnailHeight?: number };
  /** Text above a thumbnail. */
  readonly caption?: string;
}

const THUMBNAIL = { width: 320, thumbnailHeight: 240 };

/** To change a picture, change its row here and run `npm run docs-pictures`. */
export const PICTURES: readonly PictureSource[] = [
  {
    picture: "detections.png",
    notebook: "04-full-training.ipynb",
    cell: /figures\.validationSlices\(/,
    figure: 1,
    size: { width: 880 },
  },
  {
    picture: "notebook-0.png",
    notebook: "00-start-here.ipynb",
    cell: /figures\.detectionGrid\(/,
    figure: 0,
    size: THUMBNAIL,
    caption: "0. Start here",
  },
  {
    picture: "notebook-1.png",
    notebook: "01-dataset-exploration.ipynb",
    cell: /figures\.imageGrid\(/,
    figure: 0,
    size: THUMBNAIL,
    caption: "1. The data set",
  },
  {
    picture: "notebook-2.png",
    notebook: "02-anchors.ipynb",
    cell: /figures\.anchorsOnImage\(/,
    figure: 0,
    size: THUMBNAIL,
    caption: "2. Anchors",
  },
  {
    picture: "notebook-3.png",
    notebook: "03-rpn-training.ipynb",
    cell: /figures\.objectnessHeatmap\(/,
    figure: 0,
    size: THUMBNAIL,
    caption: "3. Region proposal network",
  },
  {
    picture: "notebook-4.png",
    notebook: "04-full-training.ipynb",
    cell: /figures\.dashboard\(/,
    figure: 0,
    size: THUMBNAIL,
    caption: "4. Full training",
  },
  {
    picture: "notebook-5.png",
    notebook: "05-one-image.ipynb",
    cell: /figures\.movedAnchors\(/,
    figure: 0,
    size: THUMBNAIL,
    caption: "5. One image",
  },
  {
    picture: "notebook-6.png",
    notebook: "06-metrics.ipynb",
    cell: /Ten detections of six boxes/,
    figure: 0,
    size: THUMBNAIL,
    caption: "6. Metrics",
  },
  {
    picture: "notebook-7.png",
    notebook: "07-errors.ipynb",
    cell: /figures\.stageCoverage\(/,
    figure: 0,
    size: THUMBNAIL,
    caption: "7. Errors",
  },
  {
    picture: "notebook-8.png",
    notebook: "08-statistics.ipynb",
    cell: /figures\.summaryIntervals\(/,
    figure: 0,
    size: THUMBNAIL,
    caption: "8. Statistics",
  },
];

/** The picture of docs/cluster.md, which `clusterFigure` calculates. */
export const CLUSTER_PICTURE: Pick<PictureSource, "picture" | "size"> = {
  picture: "cluster-times.png",
  size: { width: 720 },
};
