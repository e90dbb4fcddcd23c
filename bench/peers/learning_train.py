"""XGBoost or scikit-learn on the data of bench/Learning, on OMP_NUM_THREADS threads.

learning_train.py xgboost|sklearn TASK TRAIN.csv TEST.csv CATEGORIES PARAMETERS: reads, trains, saves, says what the process took until
then, and how good the model is on the test rows. Only what the peer itself needs is imported before.
"""
import json
import os
import resource
import sys
import time

peer, task, train_file, test_file, categories, parameters = sys.argv[1:]
categories = [c for c in categories.split(",") if c]
p = json.loads(parameters)
trees, depth, bins = int(p["trees"]), int(p["depth"]), int(p["bins"])
leaves, threads = int(p["leaves"]), int(os.environ["OMP_NUM_THREADS"])
rate, l2, child = float(p["learningRate"]), float(p["l2"]), float(p["minChildWeight"])

import pandas

if peer == "xgboost":
    import xgboost
else:
    import sklearn
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor


def read(path):
    table = pandas.read_csv(path, dtype={c: "category" for c in categories})
    return table.drop(columns="y"), table["y"]


X, y = read(train_file)
classes = sorted(y.unique()) if task != "Regression" else []
if task == "Multiclass":
    y = y.map({k: i for i, k in enumerate(classes)})

cpu, wall = time.process_time(), time.time()
if peer == "xgboost":
    objective = {"Binary": "binary:logistic", "Regression": "reg:squarederror", "Multiclass": "multi:softprob"}[task]
    options = dict(tree_method="hist", max_depth=depth, max_bin=bins, eta=rate, reg_lambda=l2, min_child_weight=child, objective=objective, nthread=threads)
    if leaves:
        options.update(grow_policy="lossguide", max_leaves=leaves)
    if task == "Multiclass":
        options["num_class"] = len(classes)
    if task == "Regression":
        options["base_score"] = float(y.mean())
    data = xgboost.DMatrix(X, label=y, nthread=threads, enable_categorical=bool(categories))
    model = xgboost.train(options, data, trees)
    name = f"XGBoost {xgboost.__version__}"
else:
    options = dict(max_iter=trees, max_depth=depth or None, max_leaf_nodes=leaves or None, learning_rate=rate, max_bins=bins, l2_regularization=l2, min_samples_leaf=1, early_stopping=False)
    if categories:
        options["categorical_features"] = [X.columns.get_loc(c) for c in categories]
        levels = {c: X[c].cat.categories for c in categories}
        X = X.assign(**{c: X[c].cat.codes for c in categories})
    model = (HistGradientBoostingRegressor if task == "Regression" else HistGradientBoostingClassifier)(**options).fit(X, y)
    name = f"scikit-learn {sklearn.__version__}"
fit_cpu, fit_wall = time.process_time() - cpu, time.time() - wall
if peer == "xgboost":
    model.save_model(train_file + ".xgboost.json")
else:
    import pickle

    with open(train_file + ".sklearn", "wb") as file:
        pickle.dump(model, file)

with open("/proc/self/stat") as file:
    ticks = float(file.read().rsplit(")", 1)[1].split()[19])
with open("/proc/uptime") as file:
    age = float(file.read().split()[0]) - ticks / os.sysconf("SC_CLK_TCK")
result = dict(
    name=name, cpu=time.process_time(), wall=age, fitCpu=fit_cpu, fitWall=fit_wall,
    peakMegabytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)

T, truth = read(test_file)
if task == "Multiclass":
    truth = truth.map({k: i for i, k in enumerate(classes)})
if peer == "xgboost":
    for c in categories:
        T[c] = T[c].cat.set_categories(X[c].cat.categories)
    scores = model.predict(xgboost.DMatrix(T, enable_categorical=bool(categories)))
else:
    for c in categories:
        T[c] = T[c].cat.set_categories(levels[c]).cat.codes
    scores = model.predict(T) if task == "Regression" else model.predict_proba(T)
    if task == "Binary":
        scores = scores[:, 1]
from sklearn.metrics import log_loss, mean_squared_error, roc_auc_score

result["score"] = float(
    roc_auc_score(truth, scores) if task == "Binary" else mean_squared_error(truth, scores) ** 0.5 if task == "Regression" else log_loss(truth, scores))
print(json.dumps(result))
