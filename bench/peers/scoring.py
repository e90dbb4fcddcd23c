"""The peer of `learning explain` and `learning score`: python3 scoring.py explain|score MODEL ROWS INPUTS THREADS (needs numpy, xgboost)."""
import json
import sys
import time

import numpy as np
import xgboost as xgb

work, model, file, inputs, threads = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5])
rows = np.fromfile(file, np.float32).reshape(-1, inputs)
booster = xgb.Booster({"nthread": threads}, model_file=model)
booster.set_param({"nthread": threads})

if work == "explain":
    matrix = xgb.DMatrix(rows, nthread=threads, feature_names=booster.feature_names)

    def run():
        return booster.predict(matrix, pred_contribs=True)
else:
    # In-place prediction takes the names from nowhere, so the model's are not asked for.
    booster.feature_names = None

    def run():
        return booster.inplace_predict(rows)


sample = run().ravel()
size = 2_000 // (inputs + 1) * (inputs + 1) if work == "explain" else 2_000
cpu = wall = float("inf")
for _ in range(2 if work == "explain" else 5):
    at, since = time.process_time(), time.perf_counter()
    run()
    cpu, wall = min(cpu, time.process_time() - at), min(wall, time.perf_counter() - since)
json.dump({"cpu": cpu, "wall": wall, "sample": [float(s) for s in sample[:size]]}, sys.stdout)
