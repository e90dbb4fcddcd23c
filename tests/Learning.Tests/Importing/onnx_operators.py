"""Small cases of every operator that is read, with results by numpy from the operator's definition, for OnnxOperatorTests:
python3 onnx_operators.py > Samples/onnx-operators.json"""
import json
import math

import numpy as np

ML = "ai.onnx.ml"
KINDS = {"float32": 1, "int32": 6, "int64": 7, "bool": 9, "float64": 11}
CASES = []
NAN = float("nan")


def value(x):
    if x is None:
        return None
    x = np.asarray(x)
    if x.dtype.kind in "UO":
        return {"type": 8, "shape": list(x.shape), "texts": [str(v) for v in x.ravel()]}
    return {"type": KINDS[str(x.dtype)], "shape": list(x.shape), "numbers": [None if v != v else float(v) for v in x.ravel()]}


def attribute(a):
    if isinstance(a, np.ndarray):
        return {"tensor": value(a)}
    many = a if isinstance(a, list) else [a]
    if isinstance(many[0], str):
        return {"texts": a} if many is a else {"text": a}
    if all(isinstance(v, int) for v in many):
        return {"wholes": a} if many is a else {"whole": a}
    single = [None if v != v else float(np.float32(v)) for v in many]
    return {"numbers": single} if many is a else {"number": single[0]}


def case(op, inputs, outputs, opset=15, domain="", **attributes):
    """An expected output that is None is not compared."""
    CASES.append({
        "name": f"{op}-{len(CASES)}", "operator": op, "domain": domain, "opset": opset, "attributes": {k: attribute(a) for k, a in attributes.items()},
        "inputs": [value(x) for x in inputs], "outputs": [value(x) for x in outputs]})


def ml(op, inputs, outputs, **attributes):
    case(op, inputs, outputs, domain=ML, **attributes)


f = lambda *v: np.array(v, dtype=np.float32)
i = lambda *v: np.array(v, dtype=np.int64)
b = lambda *v: np.array(v, dtype=bool)
t = lambda *v: np.array(v, dtype=object)

X = f([-2.5, -1, -0.5], [0, 0.75, 3])
Y = f([2, -1, 0.25], [1.5, 0.75, -4])
ROW = f(1, -2, 0.5)
HOLE = f([1, NAN, -3], [0, 2, NAN])

# Two numbers to one, with broadcasting.
for op, how in [("Add", np.add), ("Sub", np.subtract), ("Mul", np.multiply), ("Div", np.divide), ("Min", np.minimum), ("Max", np.maximum), ("Sum", np.add)]:
    case(op, [X, Y], [how(X, Y)])
    case(op, [X, ROW], [how(X, ROW)])
case("Add", [f([1], [2]), ROW], [f([2, -1, 1.5], [3, 0, 2.5])])
case("Div", [i(7, -7, 9), i(2, 2, -4)], [i(3, -3, -2)])
case("Pow", [np.abs(X), Y + 5], [np.power(np.abs(X), Y + 5)])
case("Pow", [X, i(2)], [X * X])
case("Min", [X, Y, ROW], [np.minimum(np.minimum(X, Y), ROW)], opset=13)
case("Max", [HOLE, f(0.5)], [np.maximum(HOLE, f(0.5))])
case("Sum", [X], [X])
case("Sum", [X, Y, ROW], [X + Y + ROW])

# Comparisons and logic.
Z = f([-2.5, 2, -0.5], [1, 0.75, NAN])
for op, how in [("Less", np.less), ("LessOrEqual", np.less_equal), ("Greater", np.greater), ("GreaterOrEqual", np.greater_equal), ("Equal", np.equal)]:
    case(op, [X, Z], [how(X, Z)], opset=16)
    case(op, [i([1], [2]), i(1, 2, 3)], [how(i([1], [2]), i(1, 2, 3))], opset=16)
P, Q = b([True, False], [True, False]), b([True, True], [False, False])
case("And", [P, Q], [P & Q])
case("Or", [P, Q], [P | Q])
case("Not", [P], [~P])
case("Where", [b([True], [False]), X, ROW], [np.where(b([True], [False]), X, ROW)])
case("IsNaN", [HOLE], [np.isnan(HOLE)])

# One number to one.
sigmoid = lambda x: 1 / (1 + np.exp(-x.astype(float)))
for op, how in [
        ("Neg", np.negative), ("Abs", np.abs), ("Exp", np.exp), ("Floor", np.floor), ("Ceil", np.ceil), ("Sign", np.sign), ("Tanh", np.tanh),
        ("Relu", lambda x: np.maximum(x, 0)), ("Sigmoid", sigmoid), ("Softplus", lambda x: np.log1p(np.exp(x))), ("Softsign", lambda x: x / (1 + np.abs(x))),
        ("Erf", np.vectorize(math.erf))]:
    case(op, [X], [how(X).astype(np.float32)])
    case(op, [HOLE], [how(HOLE).astype(np.float32)])
case("Round", [f(0.5, 1.5, 2.5, -0.5, -1.5, 1.2, -1.7)], [f(0, 2, 2, 0, -2, 1, -2)])
case("Sqrt", [f(0, 0.25, 2)], [np.sqrt(f(0, 0.25, 2))])
case("Log", [f(0.5, 1, 7)], [np.log(f(0.5, 1, 7))])
case("Reciprocal", [f(0.5, -4, 3)], [1 / f(0.5, -4, 3)])
case("Abs", [i(-3, 0, 5)], [i(3, 0, 5)])
case("LeakyRelu", [X], [np.where(X < 0, 0.01 * X, X).astype(np.float32)])
case("LeakyRelu", [X], [np.where(X < 0, 0.3 * X, X).astype(np.float32)], alpha=0.3)
case("Elu", [X], [np.where(X < 0, np.exp(X) - 1, X).astype(np.float32)])
case("Elu", [X], [np.where(X < 0, 2 * (np.exp(X) - 1), X).astype(np.float32)], alpha=2.0)
case("Selu", [X], [(1.05070102214813232421875 * np.where(X > 0, X, 1.67326319217681884765625 * (np.exp(X) - 1))).astype(np.float32)])
case("HardSigmoid", [X], [np.clip(0.2 * X + 0.5, 0, 1).astype(np.float32)])
case("HardSigmoid", [X], [np.clip(0.5 * X + 0.25, 0, 1).astype(np.float32)], alpha=0.5, beta=0.25)
case("Clip", [X], [np.clip(X, -1, 0.5)], opset=6, min=-1.0, max=0.5)
case("Clip", [X], [np.maximum(X, -1)], opset=6, min=-1.0)
case("Clip", [X, np.float32(-1), np.float32(0.5)], [np.clip(X, -1, 0.5)], opset=11)
case("Clip", [X, None, np.float32(0.5)], [np.minimum(X, 0.5)], opset=13)
case("Clip", [X], [X], opset=13)
case("Cast", [f(-1.7, 0, 2.9)], [i(-1, 0, 2)], to=7)
case("Cast", [f(-1.7, 0, 2.9)], [b(True, False, True)], to=9)
case("Cast", [b(True, False)], [f(1, 0)], to=1)
case("Cast", [np.array([0.1, 1 / 3])], [f(0.1, 1 / 3)], to=1)
case("Cast", [t("1.5", "-2")], [f(1.5, -2)], to=1)
case("Cast", [f(0.1, 1 / 3)], [t("0.1", "0.33333334")], to=8)
case("Cast", [np.array([0.1])], [t("0.1")], to=8)
case("Cast", [i(3, -4)], [t("3", "-4")], to=8)

# Parts and shapes.
CUBE = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
case("Identity", [X], [X])
case("Dropout", [X], [X], opset=10)
case("Dropout", [X, np.float32(0.5), np.array(False)], [X])
case("Constant", [], [f(1.5, -2)], value=f(1.5, -2))
case("Constant", [], [np.float32(2.5)], value_float=2.5)
case("Constant", [], [np.int64(7)], value_int=7)
case("Constant", [], [f(0.5, 2)], value_floats=[0.5, 2.0])
case("Constant", [], [i(3, 4)], value_ints=[3, 4])
case("Reshape", [CUBE, i(4, -1)], [CUBE.reshape(4, -1)])
case("Reshape", [CUBE, i(0, -1)], [CUBE.reshape(2, -1)])
case("Reshape", [CUBE], [CUBE.reshape(6, 4)], opset=1, shape=[6, 4])
case("Flatten", [CUBE], [CUBE.reshape(2, 12)])
case("Flatten", [CUBE], [CUBE.reshape(1, 24)], axis=0)
case("Flatten", [CUBE], [CUBE.reshape(6, 4)], axis=-1)
case("Flatten", [CUBE], [CUBE.reshape(24, 1)], axis=3)
case("Squeeze", [f([[1], [2]])], [f(1, 2)])
case("Squeeze", [f([[1], [2]]), i(0)], [f([1], [2])])
case("Squeeze", [f([[1], [2]])], [f([1, 2])], opset=11, axes=[-1])
case("Unsqueeze", [ROW, i(0)], [ROW[None]])
case("Unsqueeze", [ROW, i(-1, 0)], [ROW[None, :, None]])
case("Unsqueeze", [ROW], [ROW[:, None]], opset=11, axes=[1])
case("Concat", [X, Y], [np.concatenate([X, Y], 1)], axis=1)
case("Concat", [X, Y], [np.concatenate([X, Y], 0)], axis=-2)
case("Concat", [t(["a"], ["b"]), t(["c"], ["d"])], [t(["a", "c"], ["b", "d"])], axis=1)
case("Gather", [X, i(1)], [X[[1]]])
case("Gather", [X, i([2, 0], [-1, 1])], [X[:, [[2, 0], [-1, 1]]]], axis=1)
case("Gather", [X, np.int64(1)], [X[:, 1]], axis=-1)
case("Gather", [t("no", "yes"), i(1, 0, 1)], [t("yes", "no", "yes")])
case("Transpose", [CUBE], [CUBE.T])
case("Transpose", [CUBE], [CUBE.transpose(1, 0, 2)], perm=[1, 0, 2])
case("Shape", [CUBE], [i(2, 3, 4)])
case("Shape", [CUBE], [i(3, 4)], start=1)
case("Shape", [CUBE], [i(2)], end=-2)
case("Shape", [CUBE], [i(4)], start=-1, end=9)
case("Shape", [CUBE], [np.zeros(0, np.int64)], start=2, end=1)
case("Slice", [CUBE, i(0, 1), i(2, 3)], [CUBE[0:2, 1:3]])
case("Slice", [CUBE, i(1), i(9), i(-1)], [CUBE[:, :, 1:]])
case("Slice", [CUBE, i(-3), i(-1), i(2)], [CUBE[:, :, -3:-1]])
case("Slice", [CUBE, i(-1, 0), i(-2**31, 4), i(1, 2), i(-1, 2)], [CUBE[:, ::-1, 0:4:2]])
case("Slice", [CUBE, i(9), i(0), i(2), i(-2)], [CUBE[:, :, 3:0:-2]])
case("Slice", [CUBE, i(3), i(3), i(2)], [CUBE[:, :, 3:3]])
case("Slice", [CUBE], [CUBE[:, 1:, 0:2]], opset=9, starts=[1, 0], ends=[3, 2], axes=[1, 2])
case("Slice", [t(["a", "b", "c"]), i(1), i(3), i(1)], [t(["b", "c"])])
case("Split", [X], [X[:, :1], X[:, 1:2], X[:, 2:]], axis=1)
case("Split", [X, i(1, 2)], [X[:, :1], X[:, 1:]], axis=-1)
case("Split", [CUBE], [CUBE[:, :, :3], CUBE[:, :, 3:]], opset=11, axis=2, split=[3, 1])
case("Split", [ROW], [ROW[:2], ROW[2:]], opset=18, num_outputs=2)

# Matrices and reductions.
W = f([1, -2], [0.5, 3], [-1, 0.25])
case("MatMul", [X, W], [X @ W])
case("MatMul", [X, ROW], [X @ ROW])
case("Gemm", [X, W], [X @ W])
case("Gemm", [X, W, f(1, -1)], [0.5 * (X @ W) + 2 * f(1, -1)], alpha=0.5, beta=2.0)
case("Gemm", [X.T.copy(), W.T.copy(), f([1], [2])], [X @ W + f([1], [2])], transA=1, transB=1)
scale, shift, mean, variance = f(1.5, 1, -2), f(0, 1, 2), f(0.5, -1, 0), f(1, 4, 0.25)
case("BatchNormalization", [X, scale, shift, mean, variance], [(X - mean) / np.sqrt(variance + 1e-5) * scale + shift])
case("BatchNormalization", [X, scale, shift, mean, variance], [((X - mean) / np.sqrt(variance + 0.01) * scale + shift).astype(np.float32)], epsilon=0.01)
soft = np.exp(X) / np.exp(X).sum(1, keepdims=True)
case("Softmax", [X], [soft], opset=11)
case("Softmax", [X], [soft], opset=13)
case("Softmax", [X + 1000], [soft], axis=1)
case("LogSoftmax", [X], [np.log(soft)], opset=11)
case("LogSoftmax", [X], [np.log(soft)], axis=-1)
for keep in [0, 1]:
    for op, how in [
            ("ReduceSum", np.sum), ("ReduceMean", np.mean), ("ReduceMax", np.max), ("ReduceMin", np.min), ("ReduceSumSquare", lambda x, **k: np.sum(x * x, **k)),
            ("ReduceL1", lambda x, **k: np.sum(np.abs(x), **k)), ("ReduceL2", lambda x, **k: np.sqrt(np.sum(x * x, **k)))]:
        case(op, [X], [how(X, axis=1, keepdims=bool(keep))], opset=12, axes=[1], keepdims=keep)
case("ReduceSum", [CUBE, i(-1)], [CUBE.sum(-1, keepdims=True)])
case("ReduceMean", [CUBE, i(2)], [CUBE.mean(2, keepdims=True)], opset=18)
TIES = f([1, 3, 3], [2, 2, 0])
case("ArgMax", [TIES], [i([1], [0])], axis=1)
case("ArgMax", [TIES], [i(1, 0)], axis=-1, keepdims=0)
case("ArgMax", [TIES], [i(2, 1)], axis=1, keepdims=0, select_last_index=1)

# ai.onnx.ml.
ml("Scaler", [X], [(X - ROW) * W[:, 0]], offset=ROW.tolist(), scale=W[:, 0].tolist())
ml("Scaler", [X], [(X - 1) * np.float32(0.5)], offset=[1.0], scale=[0.5])
ml("Scaler", [i([1, 2], [3, 4])], [f([0, 0.5], [1, 1.5])], offset=[1.0], scale=[0.5])
ml("Normalizer", [X], [X / np.abs(X).max(1, keepdims=True)], norm="MAX")
ml("Normalizer", [X], [X / np.abs(X).sum(1, keepdims=True)], norm="L1")
ml("Normalizer", [X], [X / np.sqrt((X * X).sum(1, keepdims=True))], norm="L2")
ml("Normalizer", [f([0, 0], [1, 3])], [f([0, 0], [0.25, 0.75])], norm="L1")
ml("Imputer", [HOLE], [f([1, 8, -3], [0, 2, 9])], imputed_value_floats=[7.0, 8.0, 9.0], replaced_value_float=NAN)
ml("Imputer", [X], [np.where(X == -1, np.float32(5), X)], imputed_value_floats=[5.0], replaced_value_float=-1.0)
ml("Imputer", [i([1, -1], [-1, 4])], [i([1, 30], [20, 4])], imputed_value_int64s=[20, 30], replaced_value_int64=-1)
ml("Binarizer", [X], [(X > 0).astype(np.float32)])
ml("Binarizer", [X], [(X > 0.75).astype(np.float32)], threshold=0.75)
ml("OneHotEncoder", [t("b", "z", "a")], [f([0, 1], [0, 0], [1, 0])], cats_strings=["a", "b"], zeros=1)
ml("OneHotEncoder", [i([3], [1])], [f([[0, 0, 1]], [[1, 0, 0]])], cats_int64s=[1, 2, 3], zeros=0)
ml("OneHotEncoder", [f(2, 5)], [f([0, 1, 0], [0, 0, 0])], cats_int64s=[1, 2, 3])
ml("LabelEncoder", [t("a", "c", "b")], [i(10, -1, 20)], keys_strings=["a", "b"], values_int64s=[10, 20])
ml("LabelEncoder", [t("a", "c")], [f(1.5, 0)], keys_strings=["a", "b"], values_floats=[1.5, 2.5])
ml("LabelEncoder", [t("a", "c")], [t("x", "_Unused")], keys_strings=["a", "b"], values_strings=["x", "y"])
ml("LabelEncoder", [i(2, 9)], [t("two", "?")], keys_int64s=[1, 2], values_strings=["one", "two"], default_string="?")
ml("LabelEncoder", [i(2, 9)], [f(0.5, -3)], keys_int64s=[1, 2], values_floats=[0.25, 0.5], default_float=-3.0)
ml("LabelEncoder", [i(2, 9)], [i(7, 99)], keys_int64s=[1, 2], values_int64s=[6, 7], default_int64=99)
ml("LabelEncoder", [f(0.1, 0.3)], [t("low", "_Unused")], keys_floats=[0.1, 0.2], values_strings=["low", "high"])
ml("LabelEncoder", [f(0.2, NAN)], [i(2, 3)], keys_floats=[0.1, 0.2, NAN], values_int64s=[1, 2, 3])
ml("LabelEncoder", [f(0.2, 5)], [f(2, 0)], keys_floats=[0.1, 0.2], values_floats=[1.0, 2.0])
ml("ArrayFeatureExtractor", [X, i(2, 0)], [X[:, [2, 0]]])
ml("ArrayFeatureExtractor", [ROW, i(1)], [f([-2])])
ml("ArrayFeatureExtractor", [t(["a", "b"]), i(1)], [t(["b"])])
ml("FeatureVectorizer", [X, i([1], [2])], [np.concatenate([X, f([1], [2])], 1)], inputdimensions=[3, 1])
ml("ZipMap", [soft], [soft], classlabels_int64s=[0, 1, 2])
ml("LinearRegressor", [X], [X @ W + f(1, -1)], coefficients=W.T.ravel().tolist(), intercepts=[1.0, -1.0], targets=2)
ml("LinearClassifier", [X], [None, (1 / (1 + np.exp(-(X @ W)))).astype(np.float32)], coefficients=W.T.ravel().tolist(), classlabels_ints=[0, 1], post_transform="LOGISTIC")
ml("LinearClassifier", [HOLE], [None, HOLE @ W], coefficients=W.T.ravel().tolist(), classlabels_strings=["n", "y"], post_transform="NONE")

# x0 <= 0 ? (x1 < 1 ? 1 : 2) : 4, and x2 > 0 (or missing) ? 10 : 20: leaves by sums and by averages.
tree = {
    "nodes_treeids": [0] * 5 + [1] * 3, "nodes_nodeids": [0, 1, 2, 3, 4, 0, 1, 2], "nodes_featureids": [0, 1, 0, 0, 0, 2, 0, 0],
    "nodes_values": [0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0], "nodes_modes": ["BRANCH_LEQ", "BRANCH_LT", "LEAF", "LEAF", "LEAF", "BRANCH_GT", "LEAF", "LEAF"],
    "nodes_truenodeids": [1, 3, 0, 0, 0, 1, 0, 0], "nodes_falsenodeids": [2, 4, 0, 0, 0, 2, 0, 0], "nodes_missing_value_tracks_true": [0, 0, 0, 0, 0, 1, 0, 0]}
leaves = lambda kind: {f"{kind}_treeids": [0, 0, 0, 1, 1], f"{kind}_nodeids": [3, 4, 2, 1, 2], f"{kind}_ids": [0] * 5, f"{kind}_weights": [1.0, 2.0, 4.0, 10.0, 20.0]}
rows = f([-1, 0, 1], [0, 1, 0], [0.5, 0, NAN], [NAN, 0, -1])
ml("TreeEnsembleRegressor", [rows], [f([11], [22], [14], [24])], n_targets=1, **tree, **leaves("target"))
ml("TreeEnsembleRegressor", [rows], [f([5.5], [11], [7], [12])], n_targets=1, aggregate_function="AVERAGE", **tree, **leaves("target"))
ml("TreeEnsembleRegressor", [rows], [f([11.5], [22.5], [14.5], [24.5])], n_targets=1, base_values=[0.5], **tree, **leaves("target"))
votes = {"class_treeids": [0, 0, 0, 0, 1, 1], "class_nodeids": [3, 3, 4, 2, 1, 2], "class_ids": [0, 1, 1, 2, 0, 2], "class_weights": [0.25, 0.5, 0.5, 0.5, 0.25, 0.5]}
shares = f([0.5, 0.5, 0], [0, 0.5, 0.5], [0.25, 0, 0.5], [0, 0, 1])
ml("TreeEnsembleClassifier", [rows], [None, shares], classlabels_strings=["a", "b", "c"], **tree, **votes)
ml("TreeEnsembleClassifier", [rows], [None, np.exp(shares) / np.exp(shares).sum(1, keepdims=True)], classlabels_int64s=[0, 1, 2], post_transform="SOFTMAX", **tree, **votes)

print("[" + ",\n".join(json.dumps(c) for c in CASES) + "]")
