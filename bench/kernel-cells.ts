/**
 * The first cell of a notebook for both sides: it opens the bundled data set and plots the sizes
 * of the boxes.
 */

/** For this project's kernel. */
export const OUR_CELL = `import { figures, openDataset, show } from "./src/index";

const dataset = await openDataset("../data/sample");
await show(await figures.boxSizes(dataset));
`;

/** The same for ipykernel, without a library for data sets. Both cells open every image. */
export const PYTHON_CELL = `from pathlib import Path

import numpy as np
import plotly.graph_objects as go
from IPython.display import display
from PIL import Image

folder = Path("../data/sample")
sizes = []
for path in sorted(folder.glob("images/*/*")):
    pixels = np.asarray(Image.open(path))
    label = folder / "labels" / path.parent.name / f"{path.stem}.txt"
    for line in label.read_text().splitlines() if label.exists() else []:
        name, x, y, width, height = map(float, line.split())
        sizes.append((int(name), width * pixels.shape[1], height * pixels.shape[0]))
sizes = np.array(sizes)
traces = [go.Scatter(x=rows[:, 1], y=rows[:, 2], mode="markers") for rows in (sizes[sizes[:, 0] == c] for c in (0, 1))]
figure = go.Figure(traces, {"title": {"text": "Sizes of the boxes"}})
display({"application/vnd.plotly.v1+json": figure.to_plotly_json()}, raw=True)
`;
