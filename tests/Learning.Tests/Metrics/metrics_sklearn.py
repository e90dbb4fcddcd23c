"""Writes rows and what scikit-learn 1.2 says of them, for MetricReferenceTests: python3 metrics_sklearn.py > Samples/metrics.json"""
import json
import sys
import warnings

import numpy as np
from sklearn import metrics as m
from sklearn.calibration import calibration_curve

warnings.simplefilter("ignore")
random = np.random.default_rng(7)
cases = []


def add(name, task, scores, truth, weights, expected, **more):
    cases.append({
        "name": name, "task": task, "scores": np.asarray(scores, float).ravel().tolist(), "truth": np.asarray(truth).tolist(),
        "weights": None if weights is None else weights.tolist(), "expected": {k: float(v) for k, v in expected.items() if v is not None}, **more})


def binary(name, scores, y, weights=None):
    w = {"sample_weight": weights}
    hard = (scores >= 0.5).astype(int)
    both, mixed = len(set(y)) == 2, len(set(hard)) == 2
    tn, fp, fn, tp = m.confusion_matrix(y, hard, labels=[0, 1], **w).ravel()
    expected = {
        "auc": m.roc_auc_score(y, scores, **w) if both else None,
        "averagePrecision": m.average_precision_score(y, scores, **w) if y.any() else None,
        "logLoss": m.log_loss(y, scores, labels=[0, 1], **w),
        "accuracy": m.accuracy_score(y, hard, **w),
        "balancedAccuracy": m.balanced_accuracy_score(y, hard, **w),
        "f1": m.f1_score(y, hard, **w) if tp + fp + fn else None,
        "f2": m.fbeta_score(y, hard, beta=2, **w) if tp + fp + fn else None,
        "f05": m.fbeta_score(y, hard, beta=0.5, **w) if tp + fp + fn else None,
        "precision": m.precision_score(y, hard, **w) if tp + fp else None,
        "recall": m.recall_score(y, hard, **w) if tp + fn else None,
        "specificity": m.recall_score(y, hard, pos_label=0, **w) if tn + fp else None,
        "npv": m.precision_score(y, hard, pos_label=0, **w) if tn + fn else None,
        "jaccard": m.jaccard_score(y, hard, **w) if tp + fp + fn else None,
        "mcc": m.matthews_corrcoef(y, hard, **w) if both and mixed else None,
        "kappa": m.cohen_kappa_score(y, hard, **w) if both or mixed or y[0] != hard[0] else None,
        "brier": m.brier_score_loss(y, scores, pos_label=1, **w),
    }
    more = {}
    if both:
        fpr, tpr, at = m.roc_curve(y, scores, drop_intermediate=False, **w)
        precision, recall, cut = m.precision_recall_curve(y, scores, **w)
        more["roc"] = [list(p) for p in zip(at[1:].tolist(), fpr[1:].tolist(), tpr[1:].tolist())]
        more["precisionRecall"] = [list(p) for p in zip(cut.tolist(), recall.tolist(), precision.tolist())]
    if weights is None:
        more["uniform"] = [p.tolist() for p in calibration_curve(y, scores, n_bins=10)[::-1]] if both else None
        more["quantile"] = [p.tolist() for p in calibration_curve(y, scores, n_bins=5, strategy="quantile")[::-1]] if both else None
    add(name, "binary", scores, y, weights, expected, **more)


def multiclass(name, p, y, weights=None):
    k, w = p.shape[1], {"sample_weight": weights}
    labels = list(range(k))
    hard = p.argmax(1)
    auc = {} if len(set(y)) < k else {
        "auc": m.roc_auc_score(y, p, multi_class="ovr", **w),
        "aucWeighted": m.roc_auc_score(y, p, multi_class="ovr", average="weighted", **w) if weights is None else None,
        "aucOvo": m.roc_auc_score(y, p, multi_class="ovo") if weights is None else None,
        "aucOvoWeighted": m.roc_auc_score(y, p, multi_class="ovo", average="weighted") if weights is None else None,
        "macroAveragePrecision": m.average_precision_score(np.eye(k)[y], p, **w),
    }
    seen = sorted(set(y) | set(hard))
    add(name, "multiclass", p, y, weights, {
        **auc,
        "logLoss": m.log_loss(y, p, labels=labels, **w),
        "accuracy": m.accuracy_score(y, hard, **w),
        "balancedAccuracy": m.balanced_accuracy_score(y, hard, **w),
        "macroF1": m.f1_score(y, hard, average="macro", labels=seen, **w),
        "microF1": m.f1_score(y, hard, average="micro", **w),
        "weightedF1": m.f1_score(y, hard, average="weighted", **w),
        "macroPrecision": m.precision_score(y, hard, average="macro", labels=seen, **w),
        "weightedPrecision": m.precision_score(y, hard, average="weighted", **w),
        "macroRecall": m.recall_score(y, hard, average="macro", labels=seen, **w),
        "mcc": m.matthews_corrcoef(y, hard, **w) if len(set(y)) > 1 and len(set(hard)) > 1 else None,
        "kappa": m.cohen_kappa_score(y, hard, labels=labels, **w) if len(seen) > 1 else None,
        "kappaLinear": m.cohen_kappa_score(y, hard, labels=labels, weights="linear", **w) if len(seen) > 1 else None,
        "kappaQuadratic": m.cohen_kappa_score(y, hard, labels=labels, weights="quadratic", **w) if len(seen) > 1 else None,
        **{f"top{t}Accuracy": m.top_k_accuracy_score(y, p, k=t, labels=labels, **w) if t < k else None for t in (2, 3, 5)},
    }, classes=k)


def regression(name, p, y, weights=None):
    w = {"sample_weight": weights}
    positive, counts = (y > 0).all() and (p > 0).all(), (y >= 0).all() and (p > 0).all()
    varies = len(set(y)) > 1
    add(name, "regression", p, y, weights, {
        "rmse": m.mean_squared_error(y, p, squared=False, **w),
        "mse": m.mean_squared_error(y, p, **w),
        "mae": m.mean_absolute_error(y, p, **w),
        "medianAbsoluteError": m.median_absolute_error(y, p, **w),
        "maxError": m.max_error(y, p),
        "mape": m.mean_absolute_percentage_error(y, p, **w) if (y != 0).all() else None,
        "r2": m.r2_score(y, p, **w) if varies else None,
        "explainedVariance": m.explained_variance_score(y, p, **w) if varies else None,
        "pinball10": m.mean_pinball_loss(y, p, alpha=0.1, **w),
        "pinball50": m.mean_pinball_loss(y, p, alpha=0.5, **w),
        "pinball90": m.mean_pinball_loss(y, p, alpha=0.9, **w),
        "msle": m.mean_squared_log_error(y, p, **w) if (y >= 0).all() and (p >= 0).all() else None,
        "poissonDeviance": m.mean_poisson_deviance(y, p, **w) if counts else None,
        "gammaDeviance": m.mean_gamma_deviance(y, p, **w) if positive else None,
        "tweedieDeviance": m.mean_tweedie_deviance(y, p, power=1.5, **w) if counts else None,
    })


def weights(n, holes=True):
    drawn = np.round(random.gamma(1, 2, n), 3) + 0.001
    if holes:
        drawn[:: 7] = 0
    return drawn


n = 60
y = (random.random(n) < 0.4).astype(int)
s = np.round(np.clip(y * 0.3 + random.random(n) * 0.7, 0, 1), 6)
binary("random", s, y)
binary("weighted", s, y, weights(n))
binary("tied", np.round(s, 1), y)
binary("tied and weighted", np.round(s, 1), y, weights(n))
binary("one score", np.full(8, 0.5), np.array([0, 1, 1, 0, 1, 0, 0, 0]))
binary("none predicted", np.full(5, 0.25), np.array([0, 1, 1, 0, 1]))
binary("one class", np.array([0.1, 0.4, 0.8]), np.array([0, 0, 0]))
binary("all right and certain", np.array([0.0, 1.0, 1.0]), np.array([0, 1, 1]))
for k in (3, 7):
    y = random.integers(0, k, n)
    p = random.gamma(1, 1, (n, k)) + np.eye(k)[y]
    p /= p.sum(1, keepdims=True)
    multiclass(f"{k} classes", p, y)
    multiclass(f"{k} classes, weighted", p, y, weights(n, holes=False))
coarse = np.round(random.dirichlet([1, 1, 1, 1], 40) * 8) / 8
multiclass("tied", coarse / np.maximum(coarse.sum(1, keepdims=True), 0.125), random.integers(0, 4, 40))
multiclass("one class", np.array([[0.2, 0.5, 0.3], [0.1, 0.1, 0.8]]), np.array([1, 1]))
multiclass("one class never predicted", np.array([[0.5, 0.3, 0.2], [0.2, 0.7, 0.1], [0.6, 0.3, 0.1]]), np.array([0, 1, 2]))
y = np.round(random.gamma(2, 3, n), 3) + 0.01
p = np.round(y * random.uniform(0.5, 1.6, n), 3) + 0.01
regression("amounts", p, y)
regression("amounts, weighted", p, y, weights(n, holes=False))
regression("counts", p, np.floor(y))
regression("any sign", p - 3, y - 4)
regression("odd rows, any sign", (p - 3)[:31], (y - 4)[:31])
regression("odd rows, weighted", (p - 3)[:31], (y - 4)[:31], weights(31, holes=False))
regression("constant", np.array([1.0, 2, 3]), np.array([0.1, 0.1, 0.1]))
regression("one row", np.array([1.0]), np.array([3.0]))
json.dump(cases, sys.stdout, indent=None, separators=(",", ":"))
