"""Looks for what `fill.py` made, on a server that it was copied to."""
import math

from checking import *

pandas, sklearn = module("pandas"), module("sklearn")
experiment = client.get_experiment_by_name("moving ü").experiment_id
runs = {r.info.run_name: r for r in client.search_runs([experiment])}
same("search_runs", sorted(runs), ["child", "parent"])
parent = runs["parent"]
same("get_run(params)", parent.data.params, {"depth": "6", "text": "größe"})
same("get_run(parent)", runs["child"].data.tags["mlflow.parentRunId"], parent.info.run_id)
same("get_metric_history", [(m.step, m.value, m.timestamp) for m in client.get_metric_history(parent.info.run_id, "val loss")], [(s, 1 / (s + 1), 1000 + s) for s in range(30)])
same("get_run(NaN)", math.isnan(parent.data.metrics["nan"]), True)
same("load_text", mlflow.artifacts.load_text(f"{parent.info.artifact_uri}/notes/n.txt"), "hello")
if pandas and sklearn:
    same("get_run(inputs)", [i.dataset.name for i in parent.inputs.dataset_inputs], ["toy"])
    same("get_model_version_by_alias", str(client.get_model_version_by_alias("moved model", "champion").version), "1")
    same("pyfunc.load_model", list(mlflow.pyfunc.load_model("models:/moved model@champion").predict(pandas.DataFrame({"a": [0.0, 3.0]}))), [0, 1])
traces = client.search_traces([experiment])
same("search_traces", [[s.name for s in t.data.spans] for t in traces], [["answer"]])
done()
