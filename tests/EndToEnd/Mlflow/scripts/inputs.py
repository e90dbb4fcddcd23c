"""Data sets as inputs of runs, from the client's own kinds of them."""
from checking import *
import requests

experiment = mlflow.set_experiment("inputs").experiment_id
numpy, pandas = module("numpy"), module("pandas")
if not (numpy and pandas):
    skip("without numpy and pandas there are no data sets to log")
table = pandas.DataFrame({"a": numpy.arange(20.0), "b": ["x", "y"] * 10, "target": [0, 1] * 10})
data = mlflow.data.from_pandas(table, name="customers", targets="target", source="/data/customers.csv")
array = mlflow.data.from_numpy(numpy.ones((3, 2)), name="ones")
with mlflow.start_run() as run:
    mlflow.log_input(data, context="training", tags={"kind": "large"})
    mlflow.log_input(array)
logged = {i.dataset.name: i for i in client.get_run(run.info.run_id).inputs.dataset_inputs}
same("log_input", sorted(logged), ["customers", "ones"])
one = logged["customers"]
same("log_input(digest, kind)", (one.dataset.digest, one.dataset.source_type), (data.digest, "local"))
same("log_input(schema)", '"name": "b"' in one.dataset.schema, True)
same("log_input(profile)", '"num_rows": 20' in one.dataset.profile, True)
same("log_input(tags)", {t.key: t.value for t in one.tags}, {"mlflow.data.context": "training", "kind": "large"})
same("get_source", mlflow.data.get_source(one).uri, "/data/customers.csv")
with mlflow.start_run() as again:
    mlflow.log_input(data, context="evaluation")
    mlflow.log_input(data, context="evaluation")
same("log_input(twice is one)", len(client.get_run(again.info.run_id).inputs.dataset_inputs), 1)
for text, count in [("dataset.name = 'customers'", 2), (f"dataset.digest = '{data.digest}' and dataset.context = 'evaluation'", 1), ("dataset.name = 'ones'", 1), ("dataset.context LIKE 'train%'", 1)]:
    same(f"search_runs({text})", len(client.search_runs([experiment], text)), count)
found = requests.post(f"{URL}/ajax-api/2.0/mlflow/experiments/search-datasets", json={"experiment_ids": [experiment]}).json()["dataset_summaries"]
same("search-datasets", {(d["name"], d.get("context", "")) for d in found}, {("customers", "evaluation"), ("customers", "training"), ("ones", "")})
if hasattr(mlflow, "log_inputs"):
    with mlflow.start_run() as several:
        mlflow.log_inputs([data, array], ["training", "training"], [{"a": "b"}, None])
    same("log_inputs", len(client.get_run(several.info.run_id).inputs.dataset_inputs), 2)
if THREE:
    with mlflow.start_run() as measured:
        mlflow.log_metric("auc", 0.9, dataset=data)
    same("log_metric(dataset)", [m.value for m in client.get_metric_history(measured.info.run_id, "auc")], [0.9])
refused("log_input(a name of 501 characters)", "INVALID_PARAMETER_VALUE", lambda: mlflow.log_input(mlflow.data.from_pandas(table, name="n" * 501)))
done()
