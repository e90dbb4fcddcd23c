"""Evaluates every NAME.onnx of a folder on the rows of NAME.inputs.json and writes NAME.answers.json: by the operators' definitions restated here in
numpy, in 32 bits, and by onnx.reference where the installed onnx has it (1.13 and later), which then must agree.

usage: python3 onnx_evaluate.py FOLDER
"""
import json
import pathlib
import sys

import numpy as np
import onnx
from onnx import numpy_helper

try:
    from onnx.reference import ReferenceEvaluator
except ImportError:
    ReferenceEvaluator = None


def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def largest(x, axis=0, keepdims=1, select_last_index=0):
    assert not keepdims
    return x.shape[axis] - 1 - np.argmax(np.flip(x, axis), axis) if select_last_index else np.argmax(x, axis)


def one_hot(x, cats_strings, zeros=1):
    assert zeros == 1
    return np.array([[v == c.decode() for c in cats_strings] for v in x.ravel()], dtype=np.float32).reshape(*x.shape, len(cats_strings))


def encode(x, keys_strings, values_floats, default_float=-0.0):
    table = {k.decode(): v for k, v in zip(keys_strings, values_floats)}
    return np.array([table.get(v, default_float) for v in x.ravel()], dtype=np.float32).reshape(x.shape)


def trees(x, **a):
    """Every row falls through every tree alone, from the node of id 0."""
    assert set(a["nodes_modes"]) <= {b"LEAF", b"BRANCH_LEQ", b"BRANCH_GT"} and a.get("aggregate_function", b"SUM") == b"SUM"
    node = {(t, i): k for k, (t, i) in enumerate(zip(a["nodes_treeids"], a["nodes_nodeids"]))}
    leaves = {}
    for t, i, target, weight in zip(a["target_treeids"], a["target_nodeids"], a["target_ids"], a["target_weights"]):
        leaves.setdefault((t, i), []).append((target, weight))
    out = np.tile(np.array(a.get("base_values", [0] * a["n_targets"]), dtype=float), (len(x), 1))
    for row, values in enumerate(x):
        for tree in sorted(set(a["nodes_treeids"])):
            at = 0
            while a["nodes_modes"][node[tree, at]] != b"LEAF":
                k = node[tree, at]
                v, threshold = values[a["nodes_featureids"][k]], np.float32(a["nodes_values"][k])
                yes = a["nodes_missing_value_tracks_true"][k] != 0 if np.isnan(v) else v <= threshold if a["nodes_modes"][k] == b"BRANCH_LEQ" else v > threshold
                at = a["nodes_truenodeids"][k] if yes else a["nodes_falsenodeids"][k]
            for target, weight in leaves[tree, at]:
                out[row, target] += weight
    return out.astype(np.float32)


KINDS = {1: np.float32, 7: np.int64, 9: bool}
OPERATORS = {
    "Abs": np.abs,
    "Add": np.add,
    "ArgMax": largest,
    "Cast": lambda x, to: x.astype(KINDS[to]),
    "Concat": lambda *x, axis: np.concatenate(x, axis),
    "Exp": np.exp,
    "Gather": lambda x, i: x[i],
    "Greater": np.greater,
    "Identity": lambda x: x,
    "IsNaN": np.isnan,
    "LabelEncoder": encode,
    "MatMul": np.matmul,
    "Mul": np.multiply,
    "OneHotEncoder": one_hot,
    "ReduceMax": lambda x, axes, keepdims=1: np.max(x, tuple(axes), keepdims=bool(keepdims)),
    "Reshape": lambda x, shape: x.reshape([int(v) for v in shape]),
    "Sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "Softmax": softmax,
    "Softplus": lambda x: np.log1p(np.exp(-np.abs(x))) + np.maximum(x, 0),
    "Sub": np.subtract,
    "TreeEnsembleRegressor": trees,
    "Where": np.where,
}


def evaluate(graph, inputs):
    values = dict(inputs)
    for constant in graph.initializer:
        array = numpy_helper.to_array(constant)
        values[constant.name] = np.array([v.decode() if isinstance(v, bytes) else str(v) for v in array], dtype=object) if array.dtype == object else array
    for node in graph.node:
        attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        (values[node.output[0]],) = [OPERATORS[node.op_type](*[values[name] for name in node.input], **attributes)]
    return {output.name: values[output.name] for output in graph.output}


for file in sorted(pathlib.Path(sys.argv[1]).glob("*.onnx")):
    model = onnx.load(str(file))
    columns = json.loads(file.with_suffix(".inputs.json").read_text())
    inputs = {}
    for column, given in zip(columns, model.graph.input):
        array = [v or "" for v in column["texts"]] if column["texts"] else [np.nan if v is None else v for v in column["numbers"]]
        inputs[given.name] = np.array(array, dtype=object if column["texts"] else np.float32).reshape(-1, 1)
    with np.errstate(over="ignore"):
        answers = evaluate(model.graph, inputs)
    if ReferenceEvaluator is not None:
        theirs = ReferenceEvaluator(model).run(None, inputs)
        for (name, ours), reference in zip(answers.items(), theirs):
            if name == "label":
                assert [str(v) for v in reference] == [str(v) for v in ours], f"{file.name}: onnx.reference gives other labels"
            else:
                np.testing.assert_allclose(ours, reference, rtol=1e-4, atol=1e-5, err_msg=f"{file.name}: {name} by onnx.reference")
    scores = answers.get("probabilities", answers.get("variable"))
    assert scores.dtype == np.float32
    file.with_suffix(".answers.json").write_text(json.dumps({
        "scores": [[None if v != v else float(v) for v in row] for row in scores], "labels": [str(v) for v in answers["label"]] if "label" in answers else None}))
