/**
 * Settings of plotly.js in every notebook and page. Plotly has a button 'Share chart...', which
 * sends the figure to a server; here there is no such button and no such server.
 */
export const PLOT_CONFIG = {
  displaylogo: false,
  showSendToCloud: false,
  plotlyServerURL: "",
} as const;
