"""Times pandas.read_csv: csv_pandas.py FILE RUNS [--category a,b] [--dates a,b]. Prints JSON; the import is not timed.

Debian: apt-get install python3-pandas
"""
import argparse
import json
import time

import pandas

parser = argparse.ArgumentParser()
parser.add_argument("file")
parser.add_argument("runs", type=int)
parser.add_argument("--category", default="")
parser.add_argument("--dates", default="")
arguments = parser.parse_args()

categories = {name: "category" for name in arguments.category.split(",") if name}
dates = [name for name in arguments.dates.split(",") if name]

seconds = []
for _ in range(arguments.runs):
    start = time.perf_counter()
    frame = pandas.read_csv(arguments.file, engine="c", dtype=categories, parse_dates=dates or False)
    seconds.append(time.perf_counter() - start)

print(json.dumps({"version": pandas.__version__, "rows": len(frame), "seconds": seconds}))
