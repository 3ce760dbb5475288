"""A training step like this project's: losses, gradients, clipping, AdamW, and a moving average of the weights."""

import torch

LEARNING_RATE = 1e-5
BETAS = (0.9, 0.999)


class Trainer:
    def __init__(self, detector, config):
        self.detector = detector
        self.clip = config["clipNorm"]
        self.decay = config["averageDecay"]
        self.parameters = list(detector.named().values())
        is_matrix = lambda parameter: parameter.ndim > 1
        groups = [
            {"params": [p for p in self.parameters if is_matrix(p)], "weight_decay": config["weightDecay"]},
            {"params": [p for p in self.parameters if not is_matrix(p)], "weight_decay": 0.0},
        ]
        self.optimizer = torch.optim.AdamW(groups, lr=LEARNING_RATE, betas=BETAS, fused=True)
        self.average = [parameter.detach().clone() for parameter in self.parameters]

    def step(self, features, targets, sampler):
        """Trains one batch. Returns the losses as numbers."""
        terms = self.detector.losses(features, targets, sampler)
        total = sum(terms.values())
        self.optimizer.zero_grad(set_to_none=True)
        total.backward()
        torch.nn.utils.clip_grad_norm_(self.parameters, self.clip, foreach=True)
        self.optimizer.step()
        with torch.no_grad():
            torch._foreach_lerp_(self.average, self.parameters, 1 - self.decay)
        return {name: term.item() for name, term in terms.items()}
