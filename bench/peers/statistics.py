"""The peer of bench/Statistics: python3 bench/peers/statistics.py [rows] [columns] (needs numpy, scipy, scikit-learn)."""
import sys
import time

import numpy as np
from scipy import stats
from sklearn.metrics import roc_auc_score

rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
columns = int(sys.argv[2]) if len(sys.argv) > 2 else 10


def table(seed):
    random = np.random.default_rng(seed)
    return [random.normal(size=rows) if c % 2 == 0 else random.integers(0, 20, rows) for c in range(columns)]


def drift(reference, current):
    for c, (a, b) in enumerate(zip(reference, current)):
        if c % 2 == 0:
            stats.ks_2samp(a, b)
        else:
            stats.chi2_contingency([np.bincount(a, minlength=20), np.bincount(b, minlength=20)], correction=False)


def report(what, work):
    work()
    best = float("inf")
    for _ in range(3):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    print(f"{what:<62}{best * 1000:>10,.1f} ms")


first, second = table(1), table(2)
report(f"drift, {rows:,} against {rows:,} rows, {columns} columns", lambda: drift(first, second))
random = np.random.default_rng(3)
scores = random.random(rows)
positive = random.random(rows) < scores
report(f"auc, {rows:,} rows", lambda: roc_auc_score(positive, scores))
a, b = random.normal(size=10_000), random.normal(size=10_000) + 0.5
report("exact KS, 10,000 against 10,000 rows, far apart", lambda: stats.ks_2samp(a, b, mode="exact"))
