"""Exports a TypeScript notebook as a program: 'Save and Export Notebook As > Executable Script'."""

import json
import subprocess
from pathlib import Path

from nbconvert.preprocessors import Preprocessor
from nbformat.v4 import new_code_cell

PROGRAM = Path(__file__).parent / "program.cjs"


class TypeScriptProgram(Preprocessor):
    """Replaces all cells by one with the program. Notebooks in other languages stay as they are."""

    enabled = True

    def preprocess(self, nb, resources):
        if nb.metadata.get("language_info", {}).get("name") != "typescript":
            return nb, resources
        cells = [{"type": cell.cell_type, "source": cell.source} for cell in nb.cells]
        result = subprocess.run(
            ["node", str(PROGRAM)], input=json.dumps(cells), capture_output=True, text=True
        )
        if result.returncode:
            raise RuntimeError(f"{PROGRAM.name} failed:\n{result.stderr}")
        nb.cells = [new_code_cell(result.stdout)]
        return nb, resources
