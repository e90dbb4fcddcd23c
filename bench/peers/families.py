"""The peers of bench/Learning/FamilyBench.cs (Debian: python3-sklearn, python3-xgboost, python3-pandas).

families.py prepare DATA OUT REPEATS: scikit-learn's bundled data sets and those of the folder DATA as OUT/<name>.csv, and
OUT/<name>.folds, a line for each row with its fold in each division.
families.py run OUT NAME TARGET TASK FAMILY: a JSON array of {family, peer, cpu, scores}, a score for each fold of each division; FAMILY may be empty: all.
"""
import json
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn import datasets
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor, RandomForestClassifier, RandomForestRegressor
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, mean_squared_error, roc_auc_score
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from xgboost import XGBClassifier, XGBRegressor

FOLDS = 5
BUNDLED = {"iris": datasets.load_iris, "wine": datasets.load_wine, "breast-cancer": datasets.load_breast_cancer,
           "digits": datasets.load_digits, "diabetes": datasets.load_diabetes}
FOLDER = {"telco-churn": "churn", "diamonds": "price", "letters": "lettr"}
REGRESSION = {"diabetes", "diamonds"}


def prepare(data, out, repeats):
    for name, load in BUNDLED.items():
        bunch = load(as_frame=True)
        write(out, name, bunch.data.assign(target=bunch.target), "target", repeats)
    for name, target in FOLDER.items():
        write(out, name, pd.read_csv(data / f"{name}.csv"), target, repeats)


def write(out, name, table, target, repeats):
    table.to_csv(out / f"{name}.csv", index=False)
    divide = KFold if name in REGRESSION else StratifiedKFold
    fold = np.empty((len(table), repeats), dtype=int)
    for repeat in range(repeats):
        for k, (_, test) in enumerate(divide(FOLDS, shuffle=True, random_state=repeat).split(table, table[target])):
            fold[test, repeat] = k
    np.savetxt(out / f"{name}.folds", fold, fmt="%d")


def encode(X, dense):
    """Categories one-hot; for linear models numbers are filled and standardised, too, and whether one is missing is a level as any other: 0 or 1."""
    texts = [c for c in X if X[c].dtype == object]
    numbers = [c for c in X if X[c].dtype != object]
    steps = make_union(make_pipeline(SimpleImputer(), StandardScaler()), MissingIndicator(error_on_new=False)) if dense else "passthrough"
    return make_column_transformer((steps, numbers), (OneHotEncoder(handle_unknown="ignore", sparse_output=False), texts))


def ordinal(X):
    texts = [c for c in X if X[c].dtype == object]
    rest = [c for c in X if X[c].dtype != object]
    coder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan)
    return make_column_transformer((coder, texts), ("passthrough", rest)), list(range(len(texts)))


def peers(X, task):
    boost = dict(n_estimators=100, max_depth=6, learning_rate=0.1, tree_method="hist", n_jobs=2)
    coder, categories = ordinal(X)
    histogram = dict(max_iter=100, learning_rate=0.1, early_stopping=False, categorical_features=categories or None, random_state=0)
    forest = dict(n_estimators=100, n_jobs=2, random_state=0)
    if task == "regression":
        return [
            ("gbdt", "XGBoost", encode(X, False), XGBRegressor(**boost)),
            ("gbdt", "HistGradientBoosting", coder, HistGradientBoostingRegressor(**histogram)),
            ("linear", "Ridge", encode(X, True), Ridge(alpha=1)),
            ("forest", "RandomForest, all inputs", filled(X), RandomForestRegressor(**forest)),
            ("forest", "RandomForest, 1/3 of inputs", filled(X), RandomForestRegressor(max_features=1 / 3, **forest)),
        ]
    return [
        ("gbdt", "XGBoost", encode(X, False), XGBClassifier(**boost)),
        ("gbdt", "HistGradientBoosting", coder, HistGradientBoostingClassifier(**histogram)),
        ("linear", "LogisticRegression", encode(X, True), LogisticRegression(max_iter=1000)),
        ("forest", "RandomForest", filled(X), RandomForestClassifier(**forest)),
    ]


def filled(X):
    texts = [c for c in X if X[c].dtype == object]
    numbers = [c for c in X if X[c].dtype != object]
    return make_column_transformer((SimpleImputer(), numbers), (OneHotEncoder(handle_unknown="ignore", sparse_output=False), texts))


def score(task, model, X, y):
    if task == "regression":
        return mean_squared_error(y, model.predict(X)) ** 0.5
    return roc_auc_score(y, model.predict_proba(X)[:, 1]) if task == "binary" else accuracy_score(y, model.predict(X))


def run(out, name, target, task, wanted):
    table = pd.read_csv(out / f"{name}.csv")
    folds = np.loadtxt(out / f"{name}.folds", dtype=int, ndmin=2)
    y = table.pop(target)
    y = y.to_numpy() if task == "regression" else np.unique(y, return_inverse=True)[1]
    found = []
    for family, peer, coder, model in (p for p in peers(table, task) if wanted in ("", p[0])):
        scores, cpu = [], 0
        for fold, k in [(fold, k) for fold in folds.T for k in range(FOLDS)]:
            training = coder.fit_transform(table[fold != k])
            start = time.process_time()
            model.fit(training, y[fold != k])
            cpu += time.process_time() - start
            scores.append(score(task, model, coder.transform(table[fold == k]), y[fold == k]))
        found.append({"family": family, "peer": peer, "cpu": cpu, "scores": scores})
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    if sys.argv[1] == "prepare":
        prepare(Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
    else:
        run(Path(sys.argv[2]), *sys.argv[3:])
