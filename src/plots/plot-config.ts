/**
 * Settings of plotly.js in every notebook and page. Plotly has a button 'Share chart...', which
 * sends the figure to a server; here there is no such button and no such server. Buttons for what
 * the mouse does anyway, or that no figure uses, are left out: the toolbar has room beside a title.
 */
export const PLOT_CONFIG = {
  displaylogo: false,
  showSendToCloud: false,
  plotlyServerURL: "",
  modeBarButtonsToRemove: ["zoomIn2d", "zoomOut2d", "autoScale2d", "select2d", "lasso2d"],
  toImageButtonOptions: { format: "png", scale: 2 },
} as const;
