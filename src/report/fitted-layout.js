/**
 * The layout of a figure for a place in a page. Pages, exported notebooks and the plot renderer of
 * JupyterLab contain this script.
 */

/** Lengths in pixels: left of a title, the toolbar right of it, and the distance of its lines. */
const TITLE = { left: 12, toolbar: 120, line: 20 };
const LINE_BREAK = /<br ?\/?>/;

/**
 * A layout that is no wider than its place. Its title ends before the toolbar. Where the figure has
 * no colors of its own, it gets those of the page: a picture that the toolbar saves needs a
 * background.
 * @param layout of the figure
 * @param place
 * @param place.width in pixels; 0 while the place is hidden
 * @param place.color of text
 * @param place.background color
 */
function fittedLayout(layout, { width: available, color, background }) {
  const width = available ? Math.min(layout.width ?? available, available) : layout.width;
  const faint = color?.replace(/^rgba?\(([^,]+,[^,]+,[^,)]+)[^)]*\)$/, "rgba($1, 0.6)");
  return {
    ...(width ? withBrokenTitle(layout, width) : layout),
    autosize: true,
    width,
    paper_bgcolor: layout.paper_bgcolor ?? background,
    plot_bgcolor: layout.plot_bgcolor ?? "rgba(0, 0, 0, 0)",
    font: { color, ...layout.font },
    modebar: {
      bgcolor: "rgba(0, 0, 0, 0)",
      color: faint,
      activecolor: color,
      ...layout.modebar,
    },
  };
}

/** The layout with a title in more lines, and higher by these lines. Other titles stay. */
function withBrokenTitle(layout, width) {
  const { title = {}, height, margin } = layout;
  const { text, y } = title;
  if (!text || !height || typeof y !== "number" || margin?.t === undefined) return layout;
  const template = layout.template?.layout;
  const font = { ...template?.font, ...template?.title?.font, ...title.font };
  const pencil = document.createElement("canvas").getContext("2d");
  pencil.font = `${font.size}px ${font.family}`;
  const available = width - TITLE.left - TITLE.toolbar;
  const lines = text.split(LINE_BREAK);
  const broken = lines.flatMap((line) =>
    linesWithin(line, (part) => pencil.measureText(part).width <= available),
  );
  const growth = TITLE.line * (broken.length - lines.length);
  // The first line keeps its distance from the upper border.
  const foot = (1 - y) * height;
  return {
    ...layout,
    title: { ...title, text: broken.join("<br>"), y: 1 - foot / (height + growth) },
    height: height + growth,
    margin: { ...margin, t: margin.t + growth },
  };
}

/** A line broken between words. A word that does not fit has a line of its own. */
function linesWithin(text, fits) {
  const lines = [];
  for (const word of text.split(" ")) {
    const longer = lines.length ? `${lines[lines.length - 1]} ${word}` : word;
    if (lines.length && fits(longer)) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
