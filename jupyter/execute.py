"""Executes one notebook and reports its progress to scripts/notebooks.ts.

Prints a JSON line for each cell. Usage: execute.py NOTEBOOK OUTPUT.ipynb OUTPUT.html WORKING_FOLDER
"""

import json
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbconvert import HTMLExporter

sys.path.append(str(Path(__file__).parent / "exports"))
from interactive_plots import InteractivePlots  # noqa: E402

ERROR_CHARACTERS = 3000


def report(**event):
    print(json.dumps(event), flush=True)


def main(source, executed, html_file, folder):
    notebook = nbformat.read(source, as_version=4)
    code = [index for index, cell in enumerate(notebook.cells) if cell.cell_type == "code"]

    def on_cell_start(cell, cell_index):
        if cell_index in code:
            report(kind="cell", number=code.index(cell_index) + 1, of=len(code))

    client = NotebookClient(
        notebook,
        kernel_name="tslab",
        timeout=None,
        record_timing=False,
        resources={"metadata": {"path": folder}},
        on_cell_start=on_cell_start,
    )
    problem = None
    try:
        client.execute()
    except CellExecutionError:
        problem = "the cell failed"
    # The outputs before a failure are written too; they show where it happened.
    nbformat.write(notebook, executed)
    exporter = HTMLExporter(embed_images=True, preprocessors=[InteractivePlots])
    html, _ = exporter.from_notebook_node(notebook)
    with open(html_file, "w", encoding="utf8") as file:
        file.write(html)
    for number, index in enumerate(code, start=1):
        cell = notebook.cells[index]
        errors = stderr_of(cell)
        # A promise that is rejected later does not fail its cell, but writes to stderr.
        if errors:
            report(
                kind="error",
                number=number,
                source=cell.source,
                text=errors[:ERROR_CHARACTERS],
                problem=problem or "it wrote to stderr",
            )
            return 1
    if problem:
        report(kind="error", number=0, source="", text="", problem=problem)
        return 1
    return 0


def stderr_of(cell):
    streams = (output for output in cell.outputs if output.output_type == "stream")
    return "".join(output.text for output in streams if output.name == "stderr")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
