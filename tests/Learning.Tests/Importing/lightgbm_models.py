"""Trains models with LightGBM's own program and writes them with rows and what that program says of them.

usage: python3 lightgbm_models.py PROGRAM FOLDER

The committed files of Samples/ (lgb46-*) were made with the program of LightGBM 4.6.0, built from its sources (cmake -DUSE_OPENMP=OFF); Debian has no
package of it, so the tests do not make them anew.
"""
import json
import math
import pathlib
import random
import subprocess
import sys
import tempfile

PROGRAM, FOLDER = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
NAMES = ["age", "income", "visits", "plan", "zip"]
ZIPS = [3, 10, 33, 64, 700, 701, 702, 9000]
TRAIN, TEST = 600, 30


def row(chance):
    return [
        chance.choice([math.nan, 0.0, round(chance.gauss(0, 2), 3), chance.gauss(0, 2)]), chance.gauss(0, 1000), chance.randrange(7) / 4,
        chance.choice([math.nan, 0, 1, 2]), chance.choice([math.nan, *ZIPS])]


def score(x):
    age, income, visits, plan, zip_code = x
    return ((0.8 if math.isnan(age) else age) + income / 1000 * (visits > 0.8) + (plan == 1) + (0 if math.isnan(zip_code) else math.sin(zip_code)))


def text(rows, labels):
    lines = ["\t".join(["label", *NAMES])]
    lines += ["\t".join([repr(y), *("nan" if v != v else repr(v) for v in x)]) for x, y in zip(rows, labels)]
    return "\n".join(lines) + "\n"


def write(name, label, scale=1, **parameters):
    """scale: from what LightGBM calls raw to what its link takes, which is what we explain: the parameter sigmoid, or a mean of trees for their sum."""
    chance = random.Random(11)
    rows = [row(chance) for _ in range(TRAIN)]
    labels = [label(score(x) + chance.gauss(0, 0.1)) for x in rows]
    # Codes that training did not see, too.
    test = [row(chance) for _ in range(TEST)] + [[0.5, 1.0, 0.25, 7, 5], [math.nan] * 5]
    with tempfile.TemporaryDirectory() as at:
        at = pathlib.Path(at)
        (at / "train.tsv").write_text(text(rows, labels))
        (at / "test.tsv").write_text(text(test, [0] * len(test)))

        def run(**more):
            subprocess.run([PROGRAM, *(f"{k}={v}" for k, v in more.items()), "header=true", "label_column=name:label", "num_threads=1", "verbosity=-1"], cwd=at, check=True)

        def said(**more):
            run(task="predict", data="test.tsv", input_model="model.txt", output_result="said.txt", **more)
            return [[float(v) for v in line.split()] for line in (at / "said.txt").read_text().splitlines()]

        run(task="train", data="train.tsv", output_model="model.txt", categorical_feature="name:plan,zip", num_leaves=6, num_trees=3, learning_rate=0.3,
            min_data_in_leaf=10, min_data_per_group=20, cat_smooth=2, cat_l2=1, seed=3, deterministic="true", **parameters)
        expected = {"rows": [[None if v != v else v for v in x] for x in test], "prediction": said(), "margin": [[v * scale for v in x] for x in said(predict_raw_score="true")]}
        flat = said(predict_contrib="true")
        expected["contributions"] = [[[v * scale for v in x[i:i + len(NAMES) + 1]] for i in range(0, len(x), len(NAMES) + 1)] for x in flat]
        (FOLDER / f"{name}.txt").write_bytes((at / "model.txt").read_bytes())
        (FOLDER / f"{name}.expected.json").write_text(json.dumps(expected).replace("], [", "],\n["))


write("lgb46-binary", lambda s: int(s > 0.5), scale=0.7, objective="binary", sigmoid=0.7)
write("lgb46-multiclass", lambda s: (s > 0) + (s > 1), objective="multiclass", num_class=3, max_cat_to_onehot=4)
write("lgb46-dart", lambda s: s, objective="regression", boosting="dart", drop_rate=0.5, reg_sqrt="true")
write("lgb46-forest", lambda s: s, scale=1 / 3, objective="regression", boosting="rf", bagging_freq=1, bagging_fraction=0.6, feature_fraction=0.8)
write("lgb46-quantile", lambda s: s, objective="quantile", alpha=0.8, zero_as_missing="false", max_bin=15)
write("lgb46-ranked", lambda s: int(s > 0.5), objective="cross_entropy_lambda", use_missing="false")
