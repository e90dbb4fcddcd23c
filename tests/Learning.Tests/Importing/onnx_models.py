"""Trains models with scikit-learn, writes them as ONNX the way its converter does, with rows and what scikit-learn says of them.

usage: python3 onnx_models.py FOLDER [small|large]

Debian has no runtime of ONNX: onnx.checker judges the files, scikit-learn's own predictions are what they must give.
"""
import json
import pathlib
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer, OneHotEncoder, StandardScaler

FOLDER = pathlib.Path(sys.argv[1])
LARGE = sys.argv[2:] == ["large"]
TRAIN, TEST, TREES, DEPTH = (400, 60, 8, 4) if LARGE else (200, 12, 2, 2)
ML = "ai.onnx.ml"
random = np.random.default_rng(3)


def rows(count):
    return np.round(random.normal(size=(count, 4)) * [1, 100, 0.01, 3], 4).astype(np.float32)


X, ROWS = rows(TRAIN), rows(TEST)
SCORE = X[:, 0] + X[:, 1] / 100 * (X[:, 3] > 0) + X[:, 2] * 50
TWO = (SCORE > 0.3).astype(int)
THREE = np.digitize(SCORE, [-0.5, 0.7])


def tensor(name, shape=(None, 4), kind=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, kind, list(shape))


def save(name, nodes, outputs, expected, data=None, inputs=None, constants=()):
    graph = helper.make_graph(
        nodes, name, inputs or [tensor("X")], outputs, [numpy_helper.from_array(np.asarray(v), k) for k, v in constants])
    model = helper.make_model(graph, producer_name="skl2onnx", producer_version="1.13", opset_imports=[helper.make_opsetid("", 15), helper.make_opsetid(ML, 3)])
    model.ir_version = 8
    onnx.checker.check_model(model)
    (FOLDER / f"{name}.onnx").write_bytes(model.SerializeToString())
    data = ROWS.tolist() if data is None else data
    clean = [[None if v != v else v for v in row] for row in data]
    text = json.dumps({"rows": clean, "prediction": np.asarray(expected, dtype=float).reshape(len(clean), -1).tolist(), "margin": []})
    (FOLDER / f"{name}.expected.json").write_text(text if LARGE else text.replace("], [", "],\n["))


LABEL, PROBABILITIES = tensor("label", [None], TensorProto.INT64), tensor("probabilities", [None, None])


def zipmap(source, classes):
    """As the converter ends a classifier: a sequence of maps, which the format has no shape for."""
    value = onnx.ValueInfoProto(name="output_probability")
    kind = value.type.sequence_type.elem_type.map_type
    kind.key_type = TensorProto.INT64
    kind.value_type.tensor_type.elem_type = TensorProto.FLOAT
    return helper.make_node("ZipMap", [source], ["output_probability"], domain=ML, classlabels_int64s=list(classes)), value


def trees(estimators, votes, prefix):
    """Attributes of a tree ensemble. votes(tree, node) gives (output, weight) of a leaf."""
    a = {f"nodes_{k}": [] for k in ["treeids", "nodeids", "featureids", "values", "modes", "truenodeids", "falsenodeids", "hitrates", "missing_value_tracks_true"]}
    v = {f"{prefix}_{k}": [] for k in ["treeids", "nodeids", "ids", "weights"]}
    for number, tree in enumerate(estimators):
        for node in range(tree.node_count):
            leaf = tree.children_left[node] < 0
            a["nodes_treeids"].append(number)
            a["nodes_nodeids"].append(node)
            a["nodes_featureids"].append(0 if leaf else int(tree.feature[node]))
            a["nodes_values"].append(0.0 if leaf else float(np.float32(tree.threshold[node])))
            a["nodes_modes"].append("LEAF" if leaf else "BRANCH_LEQ")
            a["nodes_truenodeids"].append(0 if leaf else int(tree.children_left[node]))
            a["nodes_falsenodeids"].append(0 if leaf else int(tree.children_right[node]))
            a["nodes_hitrates"].append(float(tree.weighted_n_node_samples[node]))
            a["nodes_missing_value_tracks_true"].append(0)
            for output, weight in votes(number, tree, node) if leaf else []:
                v[f"{prefix}_treeids"].append(number)
                v[f"{prefix}_nodeids"].append(node)
                v[f"{prefix}_ids"].append(output)
                v[f"{prefix}_weights"].append(float(weight))
    return {**a, **v}


def thresholds_in_32_bits(model):
    """scikit-learn keeps thresholds of 64 bits, the format has 32: both must decide alike on the rows, which are of 32."""
    for estimator in np.ravel(model.estimators_):
        tree = estimator.tree_
        below = np.float32(tree.threshold)
        below = np.where(below > tree.threshold, np.nextafter(below, np.float32(-np.inf)), below)
        tree.threshold[:] = below
    return model


def forest(name, target):
    model = thresholds_in_32_bits(RandomForestClassifier(TREES, max_depth=DEPTH, random_state=1).fit(X, target))
    share = [e.tree_.value[:, 0, :] / e.tree_.value[:, 0, :].sum(axis=1, keepdims=True) / TREES for e in model.estimators_]
    attributes = trees([e.tree_ for e in model.estimators_], lambda t, tree, n: enumerate(share[t][n]), "class")
    end, value = zipmap("p", model.classes_)
    node = helper.make_node("TreeEnsembleClassifier", ["X"], ["label", "p"], domain=ML, post_transform="NONE", classlabels_int64s=list(model.classes_), **attributes)
    save(name, [node, end], [LABEL, value], model.predict_proba(ROWS))


FOLDER.mkdir(parents=True, exist_ok=True)
forest("onnx-forest", THREE)
forest("onnx-forest-two", TWO)

boosted = thresholds_in_32_bits(GradientBoostingClassifier(n_estimators=TREES, max_depth=DEPTH, random_state=1).fit(X, TWO))
leaf = lambda t, tree, n: [(0, 0.1 * tree.value[n, 0, 0])]
prior = float(np.log(TWO.mean() / (1 - TWO.mean())))
save("onnx-boosted", [
    helper.make_node("TreeEnsembleClassifier", ["X"], ["label", "probabilities"], domain=ML, post_transform="LOGISTIC", classlabels_int64s=[0, 1], base_values=[prior],
        **trees([e.tree_ for e in boosted.estimators_.ravel()], leaf, "class"))], [LABEL, PROBABILITIES], boosted.predict_proba(ROWS))

several = thresholds_in_32_bits(GradientBoostingClassifier(n_estimators=TREES, max_depth=DEPTH, random_state=1).fit(X, THREE))
save("onnx-boosted-three", [
    helper.make_node("TreeEnsembleClassifier", ["X"], ["label", "probabilities"], domain=ML, post_transform="SOFTMAX", classlabels_strings=["low", "middle", "high"],
        base_values=np.log(np.bincount(THREE) / TRAIN).tolist(), **trees([e.tree_ for e in several.estimators_.ravel()], lambda t, tree, n: [(t % 3, 0.1 * tree.value[n, 0, 0])], "class"))],
    [tensor("label", [None], TensorProto.STRING), PROBABILITIES], several.predict_proba(ROWS))

number = thresholds_in_32_bits(GradientBoostingRegressor(n_estimators=TREES, max_depth=DEPTH, random_state=1).fit(X, SCORE))
save("onnx-boosted-number", [
    helper.make_node("TreeEnsembleRegressor", ["X"], ["variable"], domain=ML, n_targets=1, base_values=[float(SCORE.mean())],
        **trees([e.tree_ for e in number.estimators_.ravel()], leaf, "target"))], [tensor("variable", [None, 1])], number.predict(ROWS))

# The other comparisons, on the same trees: a < b is not (a >= b), and so on.
swapped = trees([e.tree_ for e in number.estimators_.ravel()], leaf, "target")
for i, mode in enumerate(swapped["nodes_modes"]):
    if mode == "LEAF":
        continue
    kind = ["BRANCH_GT", "BRANCH_GTE", "BRANCH_LT"][i % 3]
    above = np.nextafter(np.float32(swapped["nodes_values"][i]), np.float32(np.inf))
    swapped["nodes_modes"][i] = kind
    swapped["nodes_values"][i] = swapped["nodes_values"][i] if kind == "BRANCH_GT" else float(above)
    if kind != "BRANCH_LT":
        swapped["nodes_truenodeids"][i], swapped["nodes_falsenodeids"][i] = swapped["nodes_falsenodeids"][i], swapped["nodes_truenodeids"][i]
save("onnx-comparisons", [
    helper.make_node("TreeEnsembleRegressor", ["X"], ["variable"], domain=ML, n_targets=1, base_values=[float(SCORE.mean())], aggregate_function="SUM", **swapped)],
    [tensor("variable", [None, 1])], number.predict(ROWS))


def linear(name, target, post):
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500)).fit(X.astype(float), target)
    scaler, fitted = model.steps[0][1], model.steps[1][1]
    weights, intercepts = (fitted.coef_, fitted.intercept_) if len(fitted.classes_) > 2 else (np.vstack([-fitted.coef_, fitted.coef_]), np.append(-fitted.intercept_, fitted.intercept_))
    end, value = zipmap("n", fitted.classes_)
    save(name, [
        helper.make_node("Scaler", ["X"], ["s"], domain=ML, offset=scaler.mean_.tolist(), scale=(1 / scaler.scale_).tolist()),
        helper.make_node("LinearClassifier", ["s"], ["label", "p"], domain=ML, post_transform=post, multi_class=1, classlabels_ints=list(map(int, fitted.classes_)), coefficients=weights.ravel().tolist(), intercepts=intercepts.tolist()),
        helper.make_node("Normalizer", ["p"], ["n"], domain=ML, norm="L1"), end], [LABEL, value], model.predict_proba(ROWS.astype(float)))


linear("onnx-logistic", TWO, "LOGISTIC")
linear("onnx-softmax", THREE, "SOFTMAX")

ridge = make_pipeline(Normalizer("l2"), Ridge(0.1)).fit(X.astype(float), SCORE)
save("onnx-normalised", [
    helper.make_node("Normalizer", ["X"], ["n"], domain=ML, norm="L2"),
    helper.make_node("LinearRegressor", ["n"], ["variable"], domain=ML, targets=1, coefficients=ridge[1].coef_.tolist(), intercepts=[float(ridge[1].intercept_)])],
    [tensor("variable", [None, 1])], ridge.predict(ROWS.astype(float)))

# Two numbers with holes and two texts, as a ColumnTransformer.
PLANS, CITIES = ["basic", "plus", "pro"], ["ams", "ber", "par", "rom"]


def table(count):
    chance = np.random.default_rng(count)
    numbers = np.round(chance.normal(size=(count, 2)), 4).astype(np.float32).astype(object)
    numbers[chance.random(count) < 0.2, 0] = np.nan
    return np.column_stack([numbers, chance.choice(PLANS, count), chance.choice(CITIES, count)])


mixed = table(TRAIN)
answer = (np.nan_to_num(mixed[:, 0].astype(float)) + (mixed[:, 2] == "pro") + (mixed[:, 3] == "rom") + 0.5 * mixed[:, 1].astype(float) > 0.6).astype(int)
columns = ColumnTransformer([("n", make_pipeline(SimpleImputer(), StandardScaler()), [0, 1]), ("c", OneHotEncoder(handle_unknown="ignore"), [2, 3])])
pipeline = make_pipeline(columns, LogisticRegression()).fit(mixed, answer)
imputer, scaler = (s for _, s in columns.fit(mixed).named_transformers_["n"].steps)
test = table(TEST)
test[0, 3] = "oslo"
weights, intercept = pipeline[1].coef_, pipeline[1].intercept_
codes = [[float(r[0]), float(r[1]), PLANS.index(r[2]), 3 + CITIES.index(r[3]) if r[3] in CITIES else 9] for r in test]
save("onnx-pipeline", [
    helper.make_node("Concat", ["age", "income"], ["numbers"], axis=1),
    helper.make_node("Imputer", ["numbers"], ["full"], domain=ML, imputed_value_floats=imputer.statistics_.tolist(), replaced_value_float=float("nan")),
    helper.make_node("Scaler", ["full"], ["scaled"], domain=ML, offset=scaler.mean_.tolist(), scale=(1 / scaler.scale_).tolist()),
    helper.make_node("Concat", ["plan", "city"], ["texts"], axis=1),
    helper.make_node("ArrayFeatureExtractor", ["texts", "first"], ["t0"], domain=ML),
    helper.make_node("ArrayFeatureExtractor", ["texts", "second"], ["t1"], domain=ML),
    helper.make_node("OneHotEncoder", ["t0"], ["h0"], domain=ML, cats_strings=PLANS, zeros=1),
    helper.make_node("OneHotEncoder", ["t1"], ["h1"], domain=ML, cats_strings=CITIES, zeros=1),
    helper.make_node("Reshape", ["h0", "rows3"], ["r0"]), helper.make_node("Reshape", ["h1", "rows4"], ["r1"]),
    helper.make_node("Concat", ["scaled", "r0", "r1"], ["features"], axis=1),
    helper.make_node("LinearClassifier", ["features"], ["label", "p"], domain=ML, post_transform="LOGISTIC", classlabels_ints=[0, 1], coefficients=np.vstack([-weights, weights]).ravel().tolist(), intercepts=[-intercept[0], intercept[0]]),
    helper.make_node("Normalizer", ["p"], ["probabilities"], domain=ML, norm="L1")],
    [LABEL, PROBABILITIES], pipeline.predict_proba(test), codes,
    [tensor("age", [None, 1]), tensor("income", [None, 1]), tensor("plan", [None, 1], TensorProto.STRING), tensor("city", [None, 1], TensorProto.STRING)],
    [("first", np.array([0])), ("second", np.array([1])), ("rows3", np.array([-1, 3])), ("rows4", np.array([-1, 4]))])

# Networks: scaled by hand so that they learn something.
network = MLPClassifier((6, 5), max_iter=60, random_state=1).fit(X / [1, 100, 0.01, 3], THREE)
nodes, at = [helper.make_node("Div", ["X", "by"], ["h"])], "h"
for i, (w, b) in enumerate(zip(network.coefs_, network.intercepts_)):
    nodes += [helper.make_node("MatMul", [at, f"w{i}"], [f"m{i}"]), helper.make_node("Add", [f"m{i}", f"b{i}"], [f"a{i}"])]
    nodes += [helper.make_node("Relu" if i < 2 else "Softmax", [f"a{i}"], ["probabilities" if i == 2 else f"o{i}"], **({"axis": 1} if i == 2 else {}))]
    at = f"o{i}"
nodes += [helper.make_node("ArgMax", ["probabilities"], ["label"], axis=1, keepdims=0)]
constants = [("by", np.array([1, 100, 0.01, 3], dtype=np.float32))]
constants += [(f"{k}{i}", v.astype(np.float32)) for i, (w, b) in enumerate(zip(network.coefs_, network.intercepts_)) for k, v in [("w", w), ("b", b)]]
save("onnx-network", nodes, [LABEL, PROBABILITIES], network.predict_proba(ROWS / [1, 100, 0.01, 3]), constants=constants)

curve = MLPRegressor((5,), activation="tanh", max_iter=200, random_state=1).fit(X / [1, 100, 0.01, 3], SCORE)
(w0, w1), (b0, b1) = curve.coefs_, curve.intercepts_
save("onnx-network-number", [
    helper.make_node("Mul", ["X", "by"], ["h"]), helper.make_node("Gemm", ["h", "w0", "b0"], ["g"], transB=1), helper.make_node("Tanh", ["g"], ["t"]),
    helper.make_node("Gemm", ["t", "w1", "b1"], ["variable"])],
    [tensor("variable", [None, 1])], curve.predict(ROWS / [1, 100, 0.01, 3]),
    constants=[("by", np.array([1, 0.01, 100, 1 / 3], dtype=np.float32)), ("w0", w0.T.astype(np.float32)), ("b0", b0.astype(np.float32)), ("w1", w1.astype(np.float32)), ("b1", b1.astype(np.float32))])

# Sums that are 0 for a row of zeros, which are no probabilities.
save("onnx-sums", [
    helper.make_node("LinearClassifier", ["X"], ["label", "probabilities"], domain=ML, post_transform="NONE", classlabels_ints=[0, 1], coefficients=[-1.0, -2.0, 0.5, 0.0, 1.0, 2.0, -0.5, 0.0])],
    [LABEL, PROBABILITIES], np.zeros((len(ROWS), 2)))

# What is left of ai.onnx.ml, by hand.
text = [[v, i % 4] for i, v in enumerate(ROWS[:, 0].tolist())]
save("onnx-encoders", [
    helper.make_node("Binarizer", ["x"], ["b"], domain=ML, threshold=0.25),
    helper.make_node("LabelEncoder", ["t"], ["l"], domain=ML, keys_strings=["a", "b", "c"], values_floats=[0.5, 1.5, -2.0], default_float=9.0),
    helper.make_node("FeatureVectorizer", ["x", "b", "l"], ["v"], domain=ML, inputdimensions=[1, 1, 1]),
    helper.make_node("LinearRegressor", ["v"], ["variable"], domain=ML, coefficients=[2.0, 3.0, 5.0], intercepts=[7.0])],
    [tensor("variable", [None, 1])], [2 * v + 3 * (v > 0.25) + 5 * [0.5, 1.5, -2.0, 9.0][int(c)] + 7 for v, c in text], text,
    [tensor("x", [None, 1]), tensor("t", [None, 1], TensorProto.STRING)])
