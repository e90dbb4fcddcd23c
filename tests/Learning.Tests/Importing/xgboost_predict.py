"""Loads files with XGBoost and predicts: for each MODEL.json of a folder, with its rows in MODEL.rows.json, writes MODEL.expected.json, and
what XGBoost read of names and attributes to MODEL.read.json.

usage: python3 xgboost_predict.py FOLDER
"""
import json
import pathlib
import sys

import numpy as np
import xgboost as xgb

for rows in pathlib.Path(sys.argv[1]).glob("*.rows.json"):
    name = rows.name.removesuffix(".rows.json")
    model = xgb.Booster(model_file=rows.with_name(f"{name}.json"))
    values = np.array([[np.nan if v is None else v for v in row] for row in json.loads(rows.read_text())], dtype=float)
    matrix = xgb.DMatrix(values, feature_names=model.feature_names, feature_types=model.feature_types, enable_categorical=True)
    predicted = np.asarray(model.predict(matrix), dtype=float).reshape(len(values), -1)
    contributions = np.asarray(model.predict(matrix, pred_contribs=True), dtype=float).reshape(len(values), -1, values.shape[1] + 1)
    rows.with_name(f"{name}.expected.json").write_text(json.dumps({
        "rows": [], "prediction": predicted.tolist(), "margin": [], "contributions": contributions.tolist()}))
    rows.with_name(f"{name}.read.json").write_text(json.dumps({"names": model.feature_names, "attributes": model.attributes()}))
