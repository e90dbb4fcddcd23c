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
    "amount": np.exp(np.clip(SCORE, -2, 2)),
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
write("xgb-linear-three", "ubj", "three", {"objective": "multi:softprob", "num_class": 3, "booster": "gblinear"}, columns=3, contributions=True)
write("xgb-gamma", "ubj", "amount", {"objective": "reg:gamma"})


# The same kinds of models in the form that later versions write (their src/learner.cc, src/gbm and src/data/cat_container.cc of 2.1.4, 3.1.3, 3.2.0 and
# 3.4.1), which no package of Debian's does: trained here, written anew, and moved from the one intercept of 1.7 to the list that stands in the file.
def scientific(v):
    return np.format_float_scientific(np.float32(v), trim="-", exp_digits=1).upper().replace("E+", "E")


def logit(p):
    return -np.log(np.float32(1) / np.float32(p) - np.float32(1))


EXPONENTIAL = ("count:poisson", "reg:gamma", "reg:tweedie")
SURE = np.float32(1) - np.float32(1e-6)


def link(objective, margin):
    if objective in EXPONENTIAL:
        return np.exp(margin)
    if objective == "binary:logistic":
        return 1 / (1 + np.exp(-margin))
    if objective == "multi:softprob":
        e = np.exp(margin - margin.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)
    return margin


def margins(objective, base):
    return np.array([np.log(np.float32(b)) if objective in EXPONENTIAL else logit(min(b, SURE)) if objective == "binary:logistic" else b for b in base], dtype=float)


def later(form, name, source, objective, base, cats=None):
    """source is one of the files above, trained with base_score 0.5; base what the later file says."""
    expected = json.loads((FOLDER / f"{source}.expected.json").read_text())
    booster = xgb.Booster(model_file=next(FOLDER / f"{source}.{e}" for e in ("json", "ubj") if (FOLDER / f"{source}.{e}").exists()))
    file = json.loads(bytes(booster.save_raw("json")))
    learner = file["learner"]
    file["version"] = list(form)
    learner["attributes"] = {}
    gradient = learner["gradient_booster"]
    lists = form >= (3, 1, 0)
    learner["learner_model_param"]["base_score"] = "[" + ",".join(map(scientific, base)) + "]" if lists else scientific(base[0])
    linear = gradient["name"] == "gblinear"
    if linear:
        gradient["model"]["boosted_rounds"] = ROUNDS
    else:
        model = gradient["gbtree"]["model"] if gradient["name"] == "dart" else gradient["model"]
        model["gbtree_model_param"] = {"num_parallel_tree": "1", "num_trees": str(len(model["trees"]))}
        groups = max(1, int(learner["learner_model_param"]["num_class"]))
        model["iteration_indptr"] = list(range(0, len(model["trees"]) + 1, groups))
        for tree in model["trees"]:
            tree["tree_param"]["size_leaf_vector"] = "1"
        if lists:
            counts = np.cumsum([0] + [len(names) for names in cats or []]).tolist()
            text = lambda names: [v for name in names for v in np.frombuffer(name.encode(), dtype=np.int8).tolist()]
            model["cats"] = {
                "enc": [{"offsets": np.cumsum([0] + [len(n.encode()) for n in names]).tolist() if names else [], "values": text(names)} for names in cats or []],
                "feature_segments": counts if cats else [], "sorted_idx": [i for names in cats or [] for i in np.argsort(names).tolist()]}
        if form >= (3, 4, 0) and gradient["name"] == "dart":
            model["weight_drop"] = gradient["weight_drop"]
            learner["gradient_booster"] = {"model": model, "name": "gbtree"}
    (FOLDER / f"{name}.json").write_text(json.dumps(file, sort_keys=True, separators=(",", ":")))

    # gblinear adds the first number to all classes (PredictBatchInternal of src/gbm/gblinear.cc).
    start = margins(objective, base)
    start = np.full(len(start), start[0]) if linear else start
    shift = start - margins(objective, [0.5] * len(base))
    margin = np.array(expected["margin"]) + shift
    expected["margin"] = margin.tolist()
    expected["prediction"] = link(objective, margin).tolist()
    if "contributions" in expected:
        expected["contributions"] = (np.array(expected["contributions"]) + shift[None, :, None] * (np.arange(np.array(expected["contributions"]).shape[2]) == np.array(expected["contributions"]).shape[2] - 1)).tolist()
    if "interactions" in expected:
        square = np.array(expected["interactions"])
        square[:, :, -1, -1] += shift
        expected["interactions"] = square.tolist()
    text = json.dumps(expected)
    (FOLDER / f"{name}.expected.json").write_text(text if LARGE else text.replace("], [", "],\n["))


CITIES = [f"Straße {i}" for i in range(40)]
later((2, 1, 4), "xgb-as21-poisson", "xgb-poisson", "count:poisson", [1.75])
later((2, 1, 4), "xgb-as21-dart", "xgb-dart", "reg:squarederror", [0.25])
later((3, 1, 3), "xgb-as31-poisson", "xgb-poisson", "count:poisson", [1.75])
later((3, 1, 3), "xgb-as31-binary", "xgb-binary", "binary:logistic", [0.3])
later((3, 1, 3), "xgb-as31-multiclass", "xgb-multiclass", "multi:softprob", [-0.5, 0.125, 0.375])
later((3, 1, 3), "xgb-as31-softmax-two", "xgb-softmax-two", "multi:softprob", [-0.25, 0.25])
later((3, 1, 3), "xgb-as31-linear-three", "xgb-linear-three", "multi:softprob", [-0.5, 0.125, 0.375])
later((3, 1, 3), "xgb-as31-categories", "xgb-categories", "binary:logistic", [0.3], [[], [], [], ["basic", "plus", "pro"], CITIES])
later((3, 2, 0), "xgb-as32-sure", "xgb-binary", "binary:logistic", [1])
later((3, 4, 1), "xgb-as34-dart", "xgb-dart", "reg:squarederror", [0.25])
later((3, 4, 1), "xgb-as34-gamma", "xgb-gamma", "reg:gamma", [1.75])
