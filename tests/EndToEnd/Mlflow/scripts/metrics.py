"""Metrics: one by one, in batches at their limits, what is not finite, histories in pages and for charts, asynchronous logging."""
import math

from checking import *
from mlflow.entities import Metric, Param, RunTag
import requests

experiment = mlflow.set_experiment("metrics").experiment_id
run = client.create_run(experiment).info.run_id


def history(key):
    return [(m.step, m.value, m.timestamp) for m in client.get_metric_history(run, key)]


for step, value in [(2, 0.5), (0, 1.5), (1, 1.0), (1, 1.0)]:
    client.log_metric(run, "val loss/a.b", value, timestamp=100 + step, step=step)
same("get_metric_history", history("val loss/a.b"), [(0, 1.5, 100), (1, 1.0, 101), (2, 0.5, 102)])
same("log_metric(latest is of the last step)", client.get_run(run).data.metrics["val loss/a.b"], 0.5)
client.log_metric(run, "nan", float("nan"), timestamp=1)
client.log_metric(run, "up", float("inf"), timestamp=1)
client.log_metric(run, "down", float("-inf"), timestamp=1)
latest = client.get_run(run).data.metrics
same("log_metric(NaN)", math.isnan(latest["nan"]) and math.isnan(history("nan")[0][1]), True)
same("log_metric(infinite)", (latest["up"] > 1e308, latest["down"] < -1e308), (True, True))
client.log_metric(run, "steps", -0.0, timestamp=0, step=-5)
client.log_metric(run, "steps", 1e-320, timestamp=0, step=2**40)
same("log_metric(far steps, tiny values)", history("steps"), [(-5, 0.0, 0), (2**40, 1e-320, 0)])
same("get_metric_history(unknown key)", history("nobody's"), [])
for key in ["k" * 251, "../x", "a//b", "map@50?"]:
    refused(f"log_metric({key[:9]})", "INVALID_PARAMETER_VALUE", lambda: client.log_metric(run, key, 1))
client.log_metric(run, "Größe 損失", 1)
same("log_metric(non-ASCII)", client.get_run(run).data.metrics["Größe 損失"], 1)

client.log_batch(run, metrics=[Metric("many", i, i, i) for i in range(1000)])
same("log_batch(1,000 metrics)", len(history("many")), 1000)
store = client._tracking_client.store
refused("log_batch(1,001 metrics)", "INVALID_PARAMETER_VALUE", lambda: store.log_batch(run, [Metric("more", i, i, i) for i in range(1001)], [], []))
refused("log_batch(101 params)", "INVALID_PARAMETER_VALUE", lambda: store.log_batch(run, [], [Param(f"p{i}", "v") for i in range(101)], []))
refused("log_batch(101 tags)", "INVALID_PARAMETER_VALUE", lambda: store.log_batch(run, [], [], [RunTag(f"t{i}", "v") for i in range(101)]))
refused("log_batch(1,001 in all)", "INVALID_PARAMETER_VALUE", lambda: store.log_batch(run, [Metric("more", i, i, i) for i in range(950)], [Param(f"p{i}", "v") for i in range(51)], []))
store.log_batch(run, [Metric("more", i, i, i) for i in range(800)], [Param(f"p{i}", "v") for i in range(100)], [RunTag(f"t{i}", "v") for i in range(100)])
same("log_batch(1,000 in all)", (len(history("more")), len(client.get_run(run).data.params)), (800, 100))
with mlflow.start_run() as large:
    mlflow.log_metrics({f"m{i}": i for i in range(2500)})
    mlflow.log_params({f"p{i}": i for i in range(250)})
    mlflow.set_tags({f"t{i}": i for i in range(250)})
data = client.get_run(large.info.run_id).data
same("log_metrics, log_params, set_tags(more than a batch)", (len(data.metrics), len(data.params), sum(k[0] == "t" for k in data.tags)), (2500, 250, 250))

page, seen = store.get_metric_history(run, "many", max_results=400), []
while True:
    seen += [m.step for m in page]
    client.log_metric(run, "many", 0, timestamp=10_000 + len(seen), step=10_000 + len(seen))
    if not page.token or len(seen) > 2000:
        break
    page = store.get_metric_history(run, "many", max_results=400, page_token=page.token)
same("get_metric_history(pages while points are added)", (seen[:1000], len(set(seen)) == len(seen)), (list(range(1000)), True))
bulk = requests.get(f"{URL}/ajax-api/2.0/mlflow/metrics/get-history-bulk-interval", params={"run_ids": [run, large.info.run_id], "metric_key": "many", "max_results": 10}).json()["metrics"]
same("get-history-bulk-interval", ({m["run_id"] for m in bulk}, len(bulk) <= 22, bulk[0]["step"], bulk[-1]["step"] >= 10_000), ({run}, True, 0, True))
ends = requests.get(f"{URL}/ajax-api/2.0/mlflow/metrics/get-history-bulk-interval", params={"run_ids": run, "metric_key": "many", "start_step": 100, "end_step": 110}).json()["metrics"]
same("get-history-bulk-interval(steps)", [m["step"] for m in ends], list(range(100, 111)))
if hasattr(store, "get_metric_history_bulk_interval"):
    got = store.get_metric_history_bulk_interval([run], "many", 10, 100, 110)
    same("get_metric_history_bulk_interval", {m.run_id for m in got}, {run})
both = requests.get(f"{URL}/ajax-api/2.0/mlflow/metrics/get-history-bulk", params={"run_id": [run, large.info.run_id], "metric_key": "steps"}).json()["metrics"]
same("get-history-bulk", [m["step"] for m in both], [-5, 2**40])

with mlflow.start_run() as later:
    for i in range(200):
        mlflow.log_metric("m", i, step=i, synchronous=False)
    mlflow.log_params({f"p{i}": i for i in range(150)}, synchronous=False).wait()
    mlflow.flush_async_logging() if hasattr(mlflow, "flush_async_logging") else None
same("log_metric(synchronous=False)", (len(client.get_metric_history(later.info.run_id, "m")), len(client.get_run(later.info.run_id).data.params)), (200, 150))
done()
