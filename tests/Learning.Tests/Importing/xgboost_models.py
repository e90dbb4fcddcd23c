"""Trains models with XGBoost and writes them with rows and what XGBoost itself says of them.

usage: python3 xgboost_models.py FOLDER [small|large]

The committed files of Samples/ were made with `small`; the tests that have XGBoost at hand run it with `large`.
"""
import json
import pathlib
import sys

import numpy as np
import xgboost as xgb

FOLDER = pathlib.Path(sys.argv[1])
LARGE = sys.argv[2:] == ["large"]
TRAIN, TEST, ROUNDS, DEPTH, FEW = (600, 60, 10, 5, 10) if LARGE else (300, 24, 3, 3, 2)


def data(seed, rows):
    """Three numbers, one with holes, one of few values, and two categories as codes."""
    random = np.random.default_rng(seed)
    x = np.column_stack([
        random.normal(size=rows),
        random.normal(size=rows) * 1000,
        random.integers(0, 7, rows) / 4,
        random.integers(0, 3, rows),
        random.integers(0, 40, rows),
    ])
    x[random.random(rows) < 0.15, 1] = np.nan
    score = x[:, 0] + np.nan_to_num(x[:, 1] / 1000, nan=0.7) * (x[:, 2] > 0.8) + (x[:, 3] == 1) + np.sin(x[:, 4])
    return x, score + random.normal(size=rows) * 0.1


X, SCORE = data(1, TRAIN)
ROWS, _ = data(2, TEST)
LABELS = {
    "number": SCORE,
    "two": (SCORE > 0.5).astype(int),
    "three": np.digitize(SCORE, [0, 1]),
    "count": np.floor(np.exp(np.clip(SCORE, -2, 2))),
}
NAMES = ["age", "income", "visits", "plan", "city"]


def write(name, extension, label, parameters, columns=5, categories=False, names=None, **train):
    types = ["q", "q", "q", "c", "c"] if categories else None
    options = dict(feature_names=names, feature_types=types, enable_categorical=categories)
    matrix = xgb.DMatrix(X[:, :columns], LABELS[label], **options)
    rows = xgb.DMatrix(ROWS[:, :columns], **options)
    linear = parameters.get("booster") == "gblinear"
    defaults = {} if linear else {"max_depth": DEPTH, "eta": 0.4, "tree_method": "hist"}
    model = xgb.train({"nthread": 1, "seed": 5, **defaults, **parameters}, matrix, train.get("rounds", ROUNDS))
    model.save_model(FOLDER / f"{name}.{extension}")
    expected = {
        "rows": [[None if np.isnan(v) else v for v in row] for row in ROWS[:, :columns].tolist()],
        "prediction": np.asarray(model.predict(rows), dtype=float).reshape(TEST, -1).tolist(),
        "margin": np.asarray(model.predict(rows, output_margin=True), dtype=float).reshape(TEST, -1).tolist(),
    }
    if not linear or "contributions" in train:
        shape = (TEST, -1, columns + 1)
        expected["contributions"] = np.asarray(model.predict(rows, pred_contribs=True), dtype=float).reshape(shape).tolist()
    if not linear:
        square = (FEW, -1, columns + 1, columns + 1)
        few = xgb.DMatrix(ROWS[:FEW, :columns], **options)
        expected["interactions"] = np.asarray(model.predict(few, pred_interactions=True), dtype=float).reshape(square).tolist()
        expected["importance"] = {kind: model.get_score(importance_type=kind) for kind in ("weight", "gain", "cover", "total_gain", "total_cover")}
    text = json.dumps(expected)
    (FOLDER / f"{name}.expected.json").write_text(text if LARGE else text.replace("], [", "],\n["))


FOLDER.mkdir(parents=True, exist_ok=True)
write("xgb-binary", "json", "two", {"objective": "binary:logistic"}, names=NAMES)
write("xgb-binary-ubj", "ubj", "two", {"objective": "binary:logistic", "base_score": 0.3})
write("xgb-categories", "json", "two", {"objective": "binary:logistic", "max_cat_to_onehot": 5}, categories=True, names=NAMES)
write("xgb-categories-ubj", "ubj", "number", {"objective": "reg:squarederror", "max_cat_to_onehot": 1}, categories=True)
write("xgb-multiclass", "ubj", "three", {"objective": "multi:softprob", "num_class": 3})
write("xgb-softmax-two", "json", "two", {"objective": "multi:softprob", "num_class": 2})
write("xgb-forest", "ubj", "three", {"objective": "multi:softprob", "num_class": 3, "num_parallel_tree": 2, "subsample": 0.5, "colsample_bynode": 0.6}, rounds=2)
write("xgb-dart", "ubj", "number", {"objective": "reg:squarederror", "booster": "dart", "rate_drop": 0.6, "one_drop": 1}, rounds=6)
write("xgb-poisson", "ubj", "count", {"objective": "count:poisson"})
write("xgb-tweedie", "ubj", "count", {"objective": "reg:tweedie", "base_score": 2.5})
write("xgb-logistic-number", "ubj", "two", {"objective": "reg:logistic"})
write("xgb-hinge", "ubj", "two", {"objective": "binary:hinge"})
write("xgb-raw", "ubj", "two", {"objective": "binary:logitraw"})
write("xgb-absolute", "ubj", "number", {"objective": "reg:absoluteerror"})
write("xgb-linear", "json", "two", {"objective": "binary:logistic", "booster": "gblinear"}, columns=3, contributions=True)
write("xgb-linear-three", "ubj", "three", {"objective": "multi:softprob", "num_class": 3, "booster": "gblinear"}, columns=3)
