"""Writes models in CatBoost's JSON, made up at random, with rows and what the format's rules make of them.

usage: python3 catboost_json.py FOLDER

CatBoost is no package of Debian's: the rules are restated here, one row and one tree at a time, from the code that it exports.
"""
import json
import math
import pathlib
import random
import struct
import sys

FOLDER = pathlib.Path(sys.argv[1])
NAMES = ["age", "income", "visits"]
TREATMENT = ["AsIs", "AsTrue", "AsFalse"]


def single(x):
    """A number as 32 bits keep it."""
    return struct.unpack("f", struct.pack("f", x))[0]


def split(chance):
    return {"float_feature_index": chance.randrange(3), "border": single(chance.gauss(0, 1)), "split_type": "FloatFeature", "split_index": 0}


def symmetric(chance, outputs):
    depth = chance.randint(0, 3)
    return {
        "splits": [split(chance) for _ in range(depth)],
        "leaf_values": [chance.gauss(0, 0.5) for _ in range(outputs << depth)],
        "leaf_weights": [chance.randint(1, 50) for _ in range(1 << depth)],
    }


def nested(chance, outputs, depth=3):
    if depth == 0 or chance.random() < 0.2:
        values = [chance.gauss(0, 0.5) for _ in range(outputs)]
        return {"value": values if outputs > 1 else values[0], "weight": chance.randint(1, 50)}
    return {"split": split(chance), "left": nested(chance, outputs, depth - 1), "right": nested(chance, outputs, depth - 1)}


def above(row, node):
    x = row[node["float_feature_index"]]
    if math.isnan(x):
        return TREATMENT[node["float_feature_index"]] == "AsTrue"
    return single(x) > node["border"]


def values(tree, row, outputs):
    if "leaf_values" in tree:
        place = sum(above(row, node) << i for i, node in enumerate(tree["splits"]))
        return tree["leaf_values"][place * outputs:(place + 1) * outputs]
    while "split" in tree:
        tree = tree["right" if above(row, tree["split"]) else "left"]
    return tree["value"] if outputs > 1 else [tree["value"]]


def softmax(sums):
    powers = [math.exp(s) for s in sums]
    return [p / sum(powers) for p in powers]


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def write(name, loss, outputs, link, seed, grow, classes=None):
    chance = random.Random(seed)
    trees = [grow(chance, outputs) for _ in range(4)]
    scale, bias = 0.8, [chance.gauss(0, 1) for _ in range(outputs)]
    features = [{"feature_index": i, "flat_feature_index": i, "has_nans": True, "borders": [], "feature_id": NAMES[i], "nan_value_treatment": TREATMENT[i]} for i in range(3)]
    info = {"params": {"loss_function": {"type": loss, "params": {}}}, **({"class_params": {"class_names": classes}} if classes else {})}
    key = "oblivious_trees" if grow is symmetric else "trees"
    model = {"model_info": info, key: trees, "features_info": {"float_features": features}, "scale_and_bias": [scale, bias]}
    (FOLDER / f"{name}.json").write_text(json.dumps(model))
    rows = [[chance.choice([math.nan, chance.gauss(0, 1), chance.gauss(0, 1)]) for _ in range(3)] for _ in range(30)]
    sums = [[scale * sum(values(t, row, outputs)[k] for t in trees) + bias[k] for k in range(outputs)] for row in rows]
    clean = [[None if math.isnan(v) else v for v in row] for row in rows]
    expected = {"rows": clean, "prediction": [link(s) for s in sums], "margin": sums}
    (FOLDER / f"{name}.expected.json").write_text(json.dumps(expected).replace("], [", "],\n["))


FOLDER.mkdir(parents=True, exist_ok=True)
write("cat-number", "RMSE", 1, lambda s: s, 1, symmetric)
write("cat-two", "Logloss", 1, lambda s: [sigmoid(s[0])], 2, symmetric, ["no", "yes"])
write("cat-three", "MultiClass", 3, softmax, 3, symmetric, [0, 1, 2])
write("cat-nested", "Poisson", 1, lambda s: [math.exp(s[0])], 4, nested)
write("cat-nested-three", "MultiClassOneVsAll", 3, lambda s: [sigmoid(x) for x in s], 5, nested)
