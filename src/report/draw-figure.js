/**
 * Draws a figure in the element with an id, and again when the width or the colors of the page
 * change. Pages and exported notebooks contain this script after plotly.js and fitted-layout.js.
 */
function drawFigure(id, { data, layout = {}, config = {} }) {
  const plot = document.getElementById(id);
  const draw = () => {
    const { color, backgroundColor: background } = getComputedStyle(document.body);
    const fitted = fittedLayout(layout, { width: plot.clientWidth, color, background });
    Plotly.react(plot, data, fitted, config);
  };
  draw();
  let pageWidth = document.body.clientWidth;
  addEventListener("resize", () => {
    if (document.body.clientWidth === pageWidth) return;
    pageWidth = document.body.clientWidth;
    draw();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
}
