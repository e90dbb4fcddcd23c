"""log_model, registering and pyfunc.load_model for scikit-learn; autologging; mlflow.models.evaluate."""
from checking import *

numpy, pandas, sklearn = module("numpy"), module("pandas"), module("sklearn")
if not (numpy and pandas and sklearn):
    skip("without scikit-learn and pandas there is no model to log")
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV

experiment = mlflow.set_experiment("models").experiment_id
x = pandas.DataFrame({"a": numpy.arange(40.0), "größe b": numpy.arange(40.0)[::-1]})
y = (x.a > 19).astype(int)
model = LogisticRegression().fit(x, y)
where = {"name" if THREE else "artifact_path": "clf"}
with mlflow.start_run() as run:
    info = mlflow.sklearn.log_model(model, registered_model_name="churn", input_example=x[:2], **where)
client.set_registered_model_alias("churn", "champion", "1")
for uri in [info.model_uri, f"runs:/{run.info.run_id}/clf", "models:/churn/1", "models:/churn@champion", "models:/churn/latest"]:
    same(f"pyfunc.load_model({uri})", list(mlflow.pyfunc.load_model(uri).predict(x)), list(model.predict(x)))
same("sklearn.load_model", list(mlflow.sklearn.load_model("models:/churn/1").predict_proba(x)[:, 1]), list(model.predict_proba(x)[:, 1]))
same("get_model_info", [i.name for i in mlflow.models.get_model_info("models:/churn/1").signature.inputs], ["a", "größe b"])
again = mlflow.register_model(f"runs:/{run.info.run_id}/clf", "churn")
same("register_model(runs:/)", (str(again.version), list(mlflow.pyfunc.load_model("models:/churn/2").predict(x[:3]))), ("2", list(model.predict(x[:3]))))
copied = client.copy_model_version("models:/churn/1", "copy")
same("copy_model_version", list(mlflow.pyfunc.load_model("models:/copy/1").predict(x[:3])), list(model.predict(x[:3])))
if THREE:
    logged = mlflow.get_logged_model(info.model_id)
    same("get_logged_model", (logged.name, str(logged.status), logged.source_run_id), ("clf", "READY", run.info.run_id))
    same("get_run(outputs)", [o.model_id for o in client.get_run(run.info.run_id).outputs.model_outputs], [info.model_id])
    same("get_model_version(source)", client.get_model_version("churn", "1").source, f"models:/{info.model_id}")
else:
    same("runs/log-model", "clf" in client.get_run(run.info.run_id).data.tags["mlflow.log-model.history"], True)

mlflow.sklearn.autolog(log_input_examples=False)
with mlflow.start_run() as automatic:
    RandomForestClassifier(n_estimators=3, random_state=1).fit(x, y)
data = client.get_run(automatic.info.run_id)
same("sklearn.autolog", (data.data.params["n_estimators"], "training_accuracy_score" in data.data.metrics, [i.dataset.name != "" for i in data.inputs.dataset_inputs]), ("3", True, [True]))
with mlflow.start_run() as search:
    GridSearchCV(RandomForestClassifier(n_estimators=2, random_state=1), {"max_depth": [1, 2]}, cv=2).fit(x, y)
children = client.search_runs([experiment], f"tags.mlflow.parentRunId = '{search.info.run_id}'", order_by=["params.max_depth"])
same("sklearn.autolog(GridSearchCV)", ([r.data.params["max_depth"] for r in children], "best_cv_score" in client.get_run(search.info.run_id).data.metrics), (["1", "2"], True))
mlflow.sklearn.autolog(disable=True)

table = x.assign(target=y)
with mlflow.start_run() as judged:
    result = mlflow.models.evaluate(info.model_uri, mlflow.data.from_pandas(table, targets="target", name="held out"), model_type="classifier", evaluators="default",
                                    evaluator_config={"log_model_explainability": False, "log_explainer": False})
metrics = client.get_run(judged.info.run_id).data.metrics
same("models.evaluate", (metrics["accuracy_score"], result.metrics["accuracy_score"] == metrics["accuracy_score"]), (1.0, True))
same("models.evaluate(its artifacts)", set(result.artifacts) <= {f.path.split(".")[0] for f in client.list_artifacts(judged.info.run_id)} and len(result.artifacts) > 0, True)
same("models.evaluate(its data set)", [i.dataset.name for i in client.get_run(judged.info.run_id).inputs.dataset_inputs], ["held out"])
if THREE:
    same("models.evaluate(metrics of the logged model)", {m.dataset_name for m in mlflow.get_logged_model(info.model_id).metrics}, {"held out"})
done()
