"""Keeps plots interactive in an HTML page that is made from a notebook.

The page holds plotly.js (10 MB) once. It opens from disk without a network, except for the script
that draws the formulas or diagrams of a notebook.
"""

import json
import re
from pathlib import Path

from nbconvert.preprocessors import Preprocessor

PLOTLY_TYPE = "application/vnd.plotly.v1+json"
ROOT = Path(__file__).parents[2]
PLOTLY = ROOT / "node_modules" / "plotly.js-dist" / "plotly.js"
SCRIPTS = [ROOT / "src" / "report" / name for name in ("fitted-layout.js", "draw-figure.js")]
DEFAULT_HEIGHT = 450
# The addresses of scripts that nbconvert loads from the network, and the text of a Markdown cell
# that needs them. Outputs of the kernel never need require.js.
URLS = {
    "mathjax_url": re.compile(r"\$|\\[(\[]|\\begin"),
    "mermaid_js_url": re.compile("```mermaid"),
    "mermaid_layout_elk_js_url": re.compile("```mermaid"),
    "require_js_url": None,
}
# No button sends a figure to a server, whatever the figure itself asks for.
PRIVATE = {"displaylogo": False, "showSendToCloud": False, "plotlyServerURL": ""}


class InteractivePlots(Preprocessor):
    """Gives each plot of a notebook a form in HTML. Without scripts, its picture is shown."""

    enabled = True

    def preprocess(self, nb, resources):
        prose = "\n".join(cell.source for cell in nb.cells if cell.cell_type == "markdown")
        for name, pattern in URLS.items():
            if not (pattern and pattern.search(prose)):
                resources[name] = ""
        count = 0
        for cell in nb.cells:
            for output in cell.get("outputs", []):
                data = output.get("data", {})
                if PLOTLY_TYPE in data:
                    library = "" if count else f"<script>{scripts()}</script>"
                    data["text/html"] = library + plot_html(f"notebook-plot-{count}", data)
                    count += 1
        return nb, resources


def scripts():
    """plotly.js, and the functions that draw a figure."""
    source = "\n".join(path.read_text(encoding="utf8") for path in (PLOTLY, *SCRIPTS))
    return re.sub("</script", r"<\\/script", source, flags=re.IGNORECASE)


def plot_html(name, data):
    figure = data[PLOTLY_TYPE]
    figure = {**figure, "config": {**figure.get("config", {}), **PRIVATE}}
    height = figure.get("layout", {}).get("height", DEFAULT_HEIGHT)
    # No text of a figure can end the script.
    text = json.dumps(figure).replace("<", "\\u003c")
    picture = data.get("image/svg+xml", "")
    return (
        f'<div id="{name}" style="min-height: {int(height)}px"></div>'
        f"<noscript>{picture}</noscript>"
        f'<script>drawFigure("{name}", {text});</script>'
    )
