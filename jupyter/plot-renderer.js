/**
 * The renderer of JupyterLab for `application/vnd.plotly.v1+json`. A plot is interactive at once and
 * is redrawn in place when a cell updates its display. The renderer reads data and runs no scripts of
 * a notebook, so it also works in notebooks that are not trusted.
 *
 * This is a federated extension without a build: JupyterLab calls `init` with the modules it shares,
 * and `get` for the exports of the extension.
 */
(() => {
  const NAME = "faster-rcnn-plotly";
  const MIME_TYPE = "application/vnd.plotly.v1+json";
  const DEFAULT_HEIGHT = 450;
  const PLOTLY = new URL("plotly.js", document.currentScript.src).href;
  /** No button sends a figure to a server, whatever the figure itself asks for. */
  const PRIVATE = { showSendToCloud: false, plotlyServerURL: "" };
  let shared = {};
  let loading = null;

  function loadPlotly() {
    loading ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = PLOTLY;
      script.onload = () => resolve(window.Plotly);
      script.onerror = () => reject(new Error(`${PLOTLY} does not load`));
      document.head.append(script);
    });
    return loading;
  }

  /** The copy of a module that JupyterLab itself uses. */
  async function sharedModule(name) {
    const [version] = Object.values(shared[name]);
    return (await version.get())();
  }

  /**
   * The layout, no wider than the cell, in the colors of the theme where the figure has none of its
   * own.
   */
  function fitted(layout, cellWidth) {
    const style = getComputedStyle(document.body);
    const color = (name) => style.getPropertyValue(name).trim() || undefined;
    return {
      ...layout,
      autosize: true,
      width: cellWidth ? Math.min(layout.width ?? cellWidth, cellWidth) : layout.width,
      // An exported picture needs a background: text in the color of a dark theme is not readable
      // on white paper.
      paper_bgcolor: layout.paper_bgcolor ?? color("--jp-layout-color0"),
      plot_bgcolor: layout.plot_bgcolor ?? "rgba(0, 0, 0, 0)",
      font: { color: color("--jp-content-font-color1"), ...layout.font },
      modebar: {
        bgcolor: "rgba(0, 0, 0, 0)",
        color: color("--jp-content-font-color3"),
        activecolor: color("--jp-content-font-color1"),
        ...layout.modebar,
      },
    };
  }

  async function createExtension() {
    const { Widget } = await sharedModule("@lumino/widgets");

    class PlotWidget extends Widget {
      constructor() {
        super();
        this.addClass("jp-RenderedPlotly");
        this.plot = document.createElement("div");
        this.node.append(this.plot);
        this.figure = null;
        this.drawn = Promise.resolve();
        this.drawnWidth = 0;
        this.sizes = new ResizeObserver(
          () => this.node.clientWidth !== this.drawnWidth && this.draw(),
        );
        this.theme = new MutationObserver(() => this.draw());
      }

      async renderModel(model) {
        this.figure = model.data[MIME_TYPE];
        await this.draw();
        this.sizes.observe(this.node);
        this.theme.observe(document.body, {
          attributes: true,
          attributeFilter: ["data-jp-theme-name"],
        });
      }

      /** Draws the newest figure after earlier drawings: Plotly confuses two at the same time. */
      draw() {
        this.drawn = this.drawn
          .catch(() => {})
          .then(async () => {
            const Plotly = await loadPlotly();
            if (this.isDisposed) return;
            const { data, layout = {}, config = {}, frames = [] } = structuredClone(this.figure);
            this.drawnWidth = this.node.clientWidth;
            this.plot.style.height = `${layout.height ?? DEFAULT_HEIGHT}px`;
            await Plotly.react(this.plot, data, fitted(layout, this.drawnWidth), {
              displaylogo: false,
              ...config,
              ...PRIVATE,
            });
            if (frames.length) await Plotly.addFrames(this.plot, frames);
          });
        return this.drawn;
      }

      dispose() {
        this.sizes.disconnect();
        this.theme.disconnect();
        if (window.Plotly) window.Plotly.purge(this.plot);
        super.dispose();
      }
    }

    return {
      // Without this mark JupyterLab takes the exports themselves for the extension and does not
      // start.
      __esModule: true,
      default: {
        id: `${NAME}:renderer`,
        rendererFactory: {
          safe: true,
          mimeTypes: [MIME_TYPE],
          createRenderer: () => new PlotWidget(),
        },
        rank: 0,
        dataType: "json",
      },
    };
  }

  window._JUPYTERLAB = window._JUPYTERLAB ?? {};
  window._JUPYTERLAB[NAME] = {
    init: (scope) => void (shared = scope),
    get: async () => {
      const extension = await createExtension();
      return () => extension;
    },
  };
})();
