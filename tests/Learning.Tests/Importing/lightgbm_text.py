"""Writes models in LightGBM's text format, made up at random, with rows and what the format's rules make of them.

usage: python3 lightgbm_text.py FOLDER

LightGBM itself is no package of Debian's: the rules are restated here, one row and one node at a time, from its reader.
"""
import json
import math
import pathlib
import random
import sys

FOLDER = pathlib.Path(sys.argv[1])
NAMES = ["age", "income", "visits", "plan", "zip"]
ZIPS = [3, 10, 33, 64, 700]
NONE, ZERO, NAN = 0, 1, 2


def value(column, chance):
    if column < 3:
        return chance.choice([math.nan, 0.0, round(chance.gauss(0, 2), 3), chance.gauss(0, 2)])
    return chance.choice([math.nan, 0, 1, 2, 5] if column == 3 else [math.nan, 4, *ZIPS])


def grow(chance, leaves):
    """Inner nodes as dictionaries; children are numbers of nodes, or ~leaf."""
    nodes, sets = [], []
    ends = [None]
    for count in range(1, leaves):
        parent = ends.pop(chance.randrange(len(ends)))
        column = chance.randrange(5)
        node = {"column": column, "left": ~0, "right": ~0}
        if column < 3:
            node["threshold"] = chance.gauss(0, 1)
            missing = chance.choice([NONE, NAN, ZERO])
            default = chance.random() < 0.5
            if missing == ZERO:
                default = node["threshold"] >= 0
            node["type"] = (missing << 2) | (2 if default else 0)
        else:
            node["threshold"] = len(sets)
            node["type"] = 1 | (NAN << 2)
            sets.append(set(chance.sample([0, 1, 2] if column == 3 else ZIPS, 2)))
        nodes.append(node)
        if parent is not None:
            nodes[parent[0]][parent[1]] = count - 1
        ends += [(count - 1, "left"), (count - 1, "right")]
    for leaf, (parent, side) in enumerate(ends):
        nodes[parent][side] = ~leaf
    return nodes, sets, [chance.gauss(0, 0.5) for _ in range(leaves)]


def walk(tree, row):
    nodes, sets, leaves = tree
    at = 0
    while at >= 0:
        node = nodes[at]
        x = row[node["column"]]
        if node["type"] & 1:
            left = not math.isnan(x) and x >= 0 and int(x) in sets[node["threshold"]]
        else:
            missing = (node["type"] >> 2) & 3
            if math.isnan(x) and missing != NAN:
                x = 0.0
            if (missing == ZERO and abs(x) <= 1e-35) or math.isnan(x):
                left = bool(node["type"] & 2)
            else:
                left = x <= node["threshold"]
        at = node["left" if left else "right"]
    return leaves[~at]


def text(number, tree):
    nodes, sets, leaves = tree
    words, bounds = [], [0]
    for members in sets:
        own = [0] * (max(members) // 32 + 1)
        for code in members:
            own[code // 32] |= 1 << (code % 32)
        words += own
        bounds.append(len(words))
    lines = [f"Tree={number}", f"num_leaves={len(leaves)}", f"num_cat={len(sets)}"]
    for key, name in [("split_feature", "column"), ("threshold", "threshold"), ("decision_type", "type"), ("left_child", "left"), ("right_child", "right")]:
        lines.append(f"{key}=" + " ".join(repr(node[name]) for node in nodes))
    lines.append("split_gain=" + " ".join(str(number + 1 + i) for i in range(len(nodes))))
    lines.append("leaf_value=" + " ".join(map(repr, leaves)))
    lines.append("leaf_count=" + " ".join(str(10 + i) for i in range(len(leaves))))
    lines.append("internal_count=" + " ".join("20" for _ in nodes))
    if sets:
        lines.append("cat_boundaries=" + " ".join(map(str, bounds)))
        lines.append("cat_threshold=" + " ".join(map(str, words)))
    return "\n".join([*lines, "is_linear=0", "shrinkage=0.1", "", "", ""])


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def softmax(sums):
    powers = [math.exp(s) for s in sums]
    return [p / sum(powers) for p in powers]


def write(name, objective, outputs, link, seed, average=False, pandas="null"):
    chance = random.Random(seed)
    trees = [grow(chance, chance.randint(2, 9)) for _ in range(3 * outputs)]
    head = ["tree", "version=v4", f"num_class={outputs}", f"num_tree_per_iteration={outputs}", "label_index=0", "max_feature_idx=4"]
    head += [f"objective={objective}"] if objective else []
    head += ["average_output"] if average else []
    head += ["feature_names=" + " ".join(NAMES), "feature_infos=[-9:9] [-9:9] none 0:1:2 " + ":".join(map(str, ZIPS))]
    body = "".join(text(i, tree) for i, tree in enumerate(trees))
    tail = f"end of trees\n\nfeature_importances:\nage=3\n\nparameters:\n[boosting: gbdt]\nend of parameters\n\npandas_categorical:{pandas}\n"
    (FOLDER / f"{name}.txt").write_text("\n".join([*head, "tree_sizes=1", "", ""]) + body + tail)
    rows = [[value(column, chance) for column in range(5)] for _ in range(40)]
    sums = [[sum(walk(tree, row) for tree in trees[k::outputs]) / (3 if average else 1) for k in range(outputs)] for row in rows]
    clean = [[None if math.isnan(v) else v for v in row] for row in rows]
    expected = {"rows": clean, "prediction": [link(s) for s in sums], "margin": sums}
    (FOLDER / f"{name}.expected.json").write_text(json.dumps(expected).replace("], [", "],\n["))


FOLDER.mkdir(parents=True, exist_ok=True)
write("lgb-binary", "binary sigmoid:0.7", 1, lambda s: [sigmoid(0.7 * s[0])], 1)
write("lgb-multiclass", "multiclass num_class:3", 3, softmax, 2)
write("lgb-two", "multiclass num_class:2", 2, softmax, 3)
write("lgb-each", "multiclassova num_class:3 sigmoid:1", 3, lambda s: [sigmoid(x) for x in s], 4)
write("lgb-forest", "regression", 1, lambda s: s, 5, average=True)
write("lgb-sqrt", "regression sqrt", 1, lambda s: [s[0] * abs(s[0])], 6)
write("lgb-tweedie", "tweedie", 1, lambda s: [math.exp(s[0])], 7)
write("lgb-lambda", "cross_entropy_lambda", 1, lambda s: [math.log1p(math.exp(s[0]))], 8)
write("lgb-own", None, 1, lambda s: s, 9)
