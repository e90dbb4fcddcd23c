"""Fills a server: an experiment with nested runs, histories, a file (MLflow's server does not answer files with other than ASCII in their names), a logged
and registered model and traces, for `moved.py` to look for."""
from checking import *

pandas, sklearn = module("pandas"), module("sklearn")
experiment = mlflow.set_experiment("moving ü").experiment_id
with mlflow.start_run(run_name="parent") as parent:
    mlflow.log_params({"depth": 6, "text": "größe"})
    for step in range(30):
        mlflow.log_metric("val loss", 1 / (step + 1), step=step, timestamp=1000 + step)
    mlflow.log_metric("nan", float("nan"))
    mlflow.log_text("hello", "notes/n.txt")
    with mlflow.start_run(run_name="child", nested=True):
        mlflow.set_tag("team", "crm")
    if pandas and sklearn:
        from sklearn.linear_model import LogisticRegression

        x = pandas.DataFrame({"a": [0.0, 1.0, 2.0, 3.0]})
        mlflow.log_input(mlflow.data.from_pandas(x, name="toy"), context="training")
        mlflow.sklearn.log_model(LogisticRegression().fit(x, [0, 0, 1, 1]), registered_model_name="moved model", **{"name" if THREE else "artifact_path": "clf"})
        client.set_registered_model_alias("moved model", "champion", "1")


@mlflow.trace
def answer(question):
    return question + "!"


answer("why")
if THREE:
    mlflow.flush_trace_async_logging()
same("search_runs", len(client.search_runs([experiment])), 2)
done()
