"""Writes optimizer.json: a matrix after five steps of PyTorch's Adam and AdamW.

    pip install torch==2.13.0
    python make_optimizer.py
"""

import json
import pathlib

import torch

torch.manual_seed(7)
cases = []
for name, decay, clip, rate in [("adam", 0.1, None, 0.01), ("adamw", 0.02, None, 0.01), ("adamw", 0.5, 0.5, 0.05)]:
    start = torch.randn(3, 4)
    weights = torch.nn.Parameter(start.clone())
    kind = torch.optim.Adam if name == "adam" else torch.optim.AdamW
    optimizer = kind([weights], lr=rate, weight_decay=decay)
    gradients = [torch.randn(3, 4) for _ in range(5)]
    for gradient in gradients:
        weights.grad = gradient.clone()
        if clip is not None:
            torch.nn.utils.clip_grad_norm_([weights], clip)
        optimizer.step()
    cases.append(
        {
            "optimizer": name,
            "weightDecay": decay,
            "clipNorm": clip,
            "rate": rate,
            "start": start.tolist(),
            "gradients": [gradient.tolist() for gradient in gradients],
            "after": weights.detach().tolist(),
        }
    )
pathlib.Path(__file__).with_name("optimizer.json").write_text(json.dumps(cases))
