/**
 * JupyterLab's renderer for `application/vnd.plotly.v1+json`: interactive at once, redrawn in place when a cell updates its display,
 * and, since it renders data and not scripts, also in notebooks that are not trusted. It is a federated extension written by hand: JupyterLab
 * calls `init` with the modules it shares, and `get` for what the extension exports.
 */
(() => {
  const NAME = "faster-rcnn-plotly";
  const MIME_TYPE = "application/vnd.plotly.v1+json";
  const PLOTLY = new URL("plotly.js", document.currentScript.src).href;
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

  /** JupyterLab's own copy of a module. */
  async function sharedModule(name) {
    const [version] = Object.values(shared[name]);
    return (await version.get())();
  }

  function themed(layout) {
    const style = getComputedStyle(document.body);
    const color = (layout.font ?? {}).color ?? style.getPropertyValue("--jp-content-font-color1").trim();
    return { ...layout, autosize: true, font: { ...layout.font, color: color || undefined } };
  }

  async function createExtension() {
    const { Widget } = await sharedModule("@lumino/widgets");
    class PlotWidget extends Widget {
      constructor() {
        super();
        this.addClass("jp-RenderedPlotly");
        this.plot = document.createElement("div");
        this.plot.style.width = "100%";
        this.node.append(this.plot);
        this.observer = new ResizeObserver(() => this.resize());
      }
      async renderModel(model) {
        const { data, layout = {}, config = {}, frames = [] } = model.data[MIME_TYPE];
        const Plotly = await loadPlotly();
        this.plot.style.height = `${layout.height ?? 450}px`;
        await Plotly.react(this.plot, data, themed(layout), { responsive: false, displaylogo: false, ...config });
        if (frames.length) await Plotly.addFrames(this.plot, frames);
        this.observer.observe(this.node);
      }
      resize() {
        if (window.Plotly && this.isVisible && this.plot.data) window.Plotly.Plots.resize(this.plot);
      }
      dispose() {
        this.observer.disconnect();
        if (window.Plotly) window.Plotly.purge(this.plot);
        super.dispose();
      }
    }
    return {
      default: {
        id: `${NAME}:renderer`,
        rendererFactory: { safe: true, mimeTypes: [MIME_TYPE], createRenderer: () => new PlotWidget() },
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
