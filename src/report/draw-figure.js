/**
 * Draws a figure in the element with an id, no wider than the element, and again when the width of
 * the page changes. Pages and exported notebooks contain this script after plotly.js.
 */
function drawFigure(id, { data, layout = {}, config = {} }) {
  const plot = document.getElementById(id);
  const draw = () => {
    const width = Math.min(layout.width ?? plot.clientWidth, plot.clientWidth);
    Plotly.react(plot, data, { ...layout, width }, config);
  };
  draw();
  let pageWidth = document.body.clientWidth;
  addEventListener("resize", () => {
    if (document.body.clientWidth === pageWidth) return;
    pageWidth = document.body.clientWidth;
    draw();
  });
}
