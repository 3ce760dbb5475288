"""Executes one notebook and tells its progress: a JSON line a cell on standard output, for scripts/notebooks.ts to read.

Usage: execute.py NOTEBOOK OUTPUT.ipynb OUTPUT.html WORKING_FOLDER
"""

import json
import sys

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbconvert import HTMLExporter

# Reports are read offline too; the notebooks have no formulas or diagrams that these scripts would draw.
NO_SCRIPTS = {"mathjax_url": "", "mermaid_js_url": "", "mermaid_layout_elk_js_url": "", "require_js_url": ""}
ERROR_CHARACTERS = 3000


def tell(**facts):
    print(json.dumps(facts), flush=True)


def main(source, executed, report, folder):
    notebook = nbformat.read(source, as_version=4)
    code = [index for index, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    client = NotebookClient(
        notebook,
        kernel_name="tslab",
        timeout=None,
        record_timing=False,
        resources={"metadata": {"path": folder}},
        on_cell_start=lambda cell, cell_index: (
            tell(kind="cell", number=code.index(cell_index) + 1, of=len(code)) if cell_index in code else None
        ),
    )
    problem = None
    try:
        client.execute()
    except CellExecutionError:
        problem = "the cell failed"
    # What was computed before a failure is kept, and shows where it happened.
    nbformat.write(notebook, executed)
    html, _ = HTMLExporter(embed_images=True, **NO_SCRIPTS).from_notebook_node(notebook)
    with open(report, "w", encoding="utf8") as file:
        file.write(html)
    for number, index in enumerate(code, start=1):
        cell = notebook.cells[index]
        errors = "".join(output.text for output in cell.outputs if output.output_type == "stream" and output.name == "stderr")
        # A rejection that nobody waits for leaves the cell without a fault; what it wrote tells it all the same.
        if errors:
            tell(kind="error", number=number, source=cell.source, text=errors[:ERROR_CHARACTERS], problem=problem or "it wrote to stderr")
            return 1
    if problem:
        tell(kind="error", number=0, source="", text="", problem=problem)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
