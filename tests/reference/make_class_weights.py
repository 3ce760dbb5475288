"""Writes class-weights.json: softmax cross entropy with a weight for each class, from PyTorch.

    python tests/reference/make_class_weights.py
"""

import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from operations import tensor, with_gradient

random = np.random.default_rng(31)
logits = (random.normal(size=(6, 3)) * 3).round(3)
ids = [0, 2, 1, 1, 0, 2]
weights = [0.25, 1.5, 4.0]
cases = [
    {
        "classIds": ids,
        "labelSmoothing": smoothing,
        "classWeights": weights,
        **with_gradient(
            logits,
            lambda x: F.cross_entropy(
                x,
                torch.tensor(ids),
                weight=tensor(weights),
                reduction="none",
                label_smoothing=smoothing,
            ),
        ),
    }
    for smoothing in (0.0, 0.1)
]
Path(__file__).with_name("class-weights.json").write_text(json.dumps(cases) + "\n")
