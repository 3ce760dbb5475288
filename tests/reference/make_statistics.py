"""Writes statistics.json: calibration, ROC curves and bootstrap intervals of scikit-learn and SciPy.

    pip install numpy scipy scikit-learn
    python make_statistics.py

Calibration: calibration_curve and the Brier score of scikit-learn, the expected calibration error
from a histogram of NumPy, and the temperature from a logistic regression of the outcome on the logit
without intercept. The coefficient of the regression is 1 / T.
ROC: roc_curve and roc_auc_score, with many equal scores.
Bootstrap: SciPy's percentile interval of a ratio. Patients are drawn with all their images.
"""

import json
import os

import numpy as np
from scipy.special import expit, logit
from scipy.stats import bootstrap
from sklearn.calibration import calibration_curve
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score, roc_curve

BINS = 10


def calibration_case(rng, name, count, true_temperature, decimals):
    """Scores that are calibrated at a temperature. With few decimals, many are between two bins."""
    scores = np.round(rng.beta(0.8, 0.8, count), decimals)
    inside = np.clip(scores, 1e-6, 1 - 1e-6)
    hits = rng.random(count) < expit(logit(inside) / true_temperature)
    precision, confidence = calibration_curve(hits, scores, n_bins=BINS)
    edges = np.linspace(0, 1, BINS + 1)
    bins = np.searchsorted(edges[1:-1], scores)
    counts = np.bincount(bins, minlength=BINS)
    gaps = [abs(scores[bins == b].mean() - hits[bins == b].mean()) if counts[b] else 0 for b in range(BINS)]
    model = LogisticRegression(fit_intercept=False, C=np.inf, tol=1e-12, max_iter=10000)
    model.fit(logit(inside)[:, None], hits)
    temperature = float(1 / model.coef_[0, 0])
    return {
        "name": name, "scores": scores.tolist(), "hits": hits.astype(int).tolist(),
        "counts": counts.tolist(), "precision": precision.tolist(), "confidence": confidence.tolist(),
        "ece": float(np.sum(counts * gaps) / count), "worst": float(max(gaps)),
        "brier": float(brier_score_loss(hits, scores)), "temperature": temperature,
        "lossBefore": float(log_loss(hits, inside)),
        "lossAfter": float(log_loss(hits, expit(logit(inside) / temperature))),
    }  # fmt: skip


def roc_case(rng, name, count, shift, decimals):
    positive = rng.random(count) < 0.4
    scores = np.round(expit(rng.normal(0, 1, count) + shift * positive), decimals)
    false_rate, sensitivity, thresholds = roc_curve(positive, scores, drop_intermediate=False)
    return {
        "name": name, "scores": scores.tolist(), "positive": positive.astype(int).tolist(),
        "auc": float(roc_auc_score(positive, scores)), "falsePositiveRate": false_rate.tolist(),
        "sensitivity": sensitivity.tolist(), "thresholds": thresholds[1:].tolist(),
    }  # fmt: skip


def bootstrap_case(rng, name, patients):
    """Sensitivity: detected boxes divided by all boxes. Patients are drawn with all their boxes."""
    boxes = rng.integers(1, 9, patients)
    found = rng.binomial(boxes, rng.beta(4, 2, patients))
    interval = bootstrap(
        (found, boxes),
        lambda f, b, axis=-1: f.sum(axis=axis) / b.sum(axis=axis),
        paired=True, vectorized=True, n_resamples=200_000, method="percentile", rng=rng,
    )  # fmt: skip
    low, high = interval.confidence_interval
    return {
        "name": name, "boxes": boxes.tolist(), "found": found.tolist(),
        "low": float(low), "high": float(high), "error": float(interval.standard_error),
    }  # fmt: skip


def main():
    rng = np.random.default_rng(5)
    cases = {
        "calibration": [
            calibration_case(rng, "too sure", 400, 2.5, 6),
            calibration_case(rng, "too shy", 400, 0.5, 6),
            calibration_case(rng, "at the borders of bins", 300, 1.5, 1),
            calibration_case(rng, "few, some bins empty", 12, 1.2, 3),
        ],
        "roc": [
            roc_case(rng, "well parted", 60, 2.5, 4),
            roc_case(rng, "equal scores", 80, 1.0, 1),
            roc_case(rng, "guessing", 40, 0.0, 2),
        ],
        "bootstrap": [bootstrap_case(rng, "15 patients", 15), bootstrap_case(rng, "60 patients", 60)],
    }
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "statistics.json")
    with open(path, "w") as file:
        json.dump(cases, file, separators=(",", ":"))
        file.write("\n")
    print(f"{os.path.getsize(path)} bytes")


if __name__ == "__main__":
    main()
