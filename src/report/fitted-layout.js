/**
 * The layout of a figure for a place in a page. Pages, exported notebooks and the plot renderer of
 * JupyterLab contain this script.
 */

/** Lengths in pixels: left of a title, the toolbar right of it, and the distance of its lines. */
const TITLE = { left: 12, toolbar: 120, line: 20 };
/** Distance of the lines of a panel's title, in pixels. */
const CAPTION_LINE = 15;
const LINE_BREAK = /<br ?\/?>/;

/**
 * A layout that is no wider than its place. Its title ends before the toolbar, and the titles of
 * panels end with their panels. Where the figure has no colors of its own, it gets those of the page: a picture that the toolbar saves needs a
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
    ...(width ? withBrokenTitle(withBrokenCaptions(layout, width), width) : layout),
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
  const { text: broken, added } = brokenText(text, font, width - TITLE.left - TITLE.toolbar);
  return grown({ ...layout, title: { ...title, text: broken } }, TITLE.line * added);
}

/**
 * The layout with the titles of panels in more lines, where the place is narrower than the figure.
 * The first row of panels moves down by these lines; the others have room above them, because
 * panels get lower when they get narrower.
 */
function withBrokenCaptions(layout, width) {
  const { annotations = [], width: wanted, margin, title } = layout;
  const isPanels = typeof title?.y === "number" && margin?.t !== undefined;
  if (!isPanels || !(width < wanted)) return layout;
  let lines = 0;
  const broken = annotations.map((annotation) => {
    // The title of a panel stands above an axis: its place is "x2 domain".
    const [, id] = /^x(\d*) domain$/.exec(annotation.xref) ?? [];
    const domain = layout[`xaxis${id}`]?.domain;
    if (!domain) return annotation;
    const available = (width - margin.l - margin.r) * (domain[1] - domain[0]);
    const font = { ...layout.template?.layout?.font, ...annotation.font };
    const { text, added } = brokenText(annotation.text, font, available);
    lines = Math.max(lines, added);
    return { ...annotation, text };
  });
  return grown({ ...layout, annotations: broken }, CAPTION_LINE * lines);
}

/** The layout with more room above. The first line of the title keeps its distance from the border. */
function grown(layout, growth) {
  const { title, height, margin } = layout;
  const foot = (1 - title.y) * height;
  return {
    ...layout,
    title: { ...title, y: 1 - foot / (height + growth) },
    height: height + growth,
    margin: { ...margin, t: margin.t + growth },
  };
}

/** A text with more line breaks, so that it is not wider, and how many lines it has got. */
function brokenText(text, font, available) {
  const pencil = document.createElement("canvas").getContext("2d");
  pencil.font = `${font.size}px ${font.family}`;
  const lines = text.split(LINE_BREAK);
  const broken = lines.flatMap((line) =>
    linesWithin(line, (part) => pencil.measureText(part).width <= available),
  );
  return { text: broken.join("<br>"), added: broken.length - lines.length };
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
