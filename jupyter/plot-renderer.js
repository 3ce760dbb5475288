/**
 * The renderer of JupyterLab for `application/vnd.plotly.v1+json`. A plot is interactive at once and
 * is redrawn in place when a cell updates its display. The renderer reads data and runs no scripts of
 * a notebook, so it also works in notebooks that are not trusted.
 *
 * This is a federated extension without a build: JupyterLab calls `init` with the modules it shares,
 * and `get` for the exports of the extension. Set-up puts src/report/fitted-layout.js before it.
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

  /** Width and colors of the place of a plot. */
  function placeOf(node) {
    const style = getComputedStyle(document.body);
    const color = (name) => style.getPropertyValue(name).trim() || undefined;
    return {
      width: node.clientWidth,
      color: color("--jp-content-font-color1"),
      background: color("--jp-layout-color0"),
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
            const fitted = fittedLayout(layout, placeOf(this.node));
            this.plot.style.height = `${fitted.height ?? DEFAULT_HEIGHT}px`;
            await Plotly.react(this.plot, data, fitted, {
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
