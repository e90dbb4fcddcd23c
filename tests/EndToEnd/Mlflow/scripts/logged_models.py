"""Logged models of MLflow 3: create, params, tags, files, finalize, metrics on data sets, search, delete."""
import os
import tempfile

from checking import *

needs((3, 0), "the API of logged models")
experiment = mlflow.set_experiment("logged models").experiment_id
model = client.create_logged_model(experiment, name="agent", params={"p": "1"}, tags={"t": "u"}, model_type="Agent")
same("create_logged_model", (model.name, str(model.status), model.params, model.tags["t"], model.model_type), ("agent", "PENDING", {"p": "1"}, "u", "Agent"))
same("create_logged_model(artifact_location)", model.artifact_location, f"mlflow-artifacts:/{experiment}/models/{model.model_id}/artifacts")
many = {f"q{i}": "v" * 100 for i in range(250)}
client.log_model_params(model.model_id, many)
same("log_model_params(250)", len(client.get_logged_model(model.model_id).params), 251)
client.log_model_params(model.model_id, {"long": "x" * 6001})
same("log_model_params(6,001 characters)", len(client.get_logged_model(model.model_id).params["long"]), 6001)
refused("create_logged_model(a/b)", "INVALID_PARAMETER_VALUE", lambda: client.create_logged_model(experiment, name="a/b"))
refused("create_logged_model(unknown experiment)", "RESOURCE_DOES_NOT_EXIST", lambda: client.create_logged_model("99999999", name="b"))
refused("get_logged_model(unknown)", "RESOURCE_DOES_NOT_EXIST", lambda: client.get_logged_model("m-" + "0" * 32))
client.set_logged_model_tags(model.model_id, {"a": "b", "c": "d"})
client.delete_logged_model_tag(model.model_id, "a")
tags = client.get_logged_model(model.model_id).tags
same("set_logged_model_tags, delete_logged_model_tag", ("a" in tags, tags["c"]), (False, "d"))
refused("delete_logged_model_tag(again)", "RESOURCE_DOES_NOT_EXIST", lambda: client.delete_logged_model_tag(model.model_id, "a"))

folder = tempfile.mkdtemp()
os.makedirs(os.path.join(folder, "deep"))
for name in ["x.txt", os.path.join("deep", "Größe.txt")]:
    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
        file.write(name)
client.log_model_artifact(model.model_id, os.path.join(folder, "x.txt"))
client.log_model_artifacts(model.model_id, folder)
same("list_logged_model_artifacts", sorted(f.path for f in client.list_logged_model_artifacts(model.model_id)), ["deep", "x.txt"])
same("list_logged_model_artifacts(deep)", [f.path for f in client.list_logged_model_artifacts(model.model_id, "deep")], ["deep/Größe.txt"])
same("finalize_logged_model", str(client.finalize_logged_model(model.model_id, "READY").status), "READY")

with mlflow.start_run() as run:
    mlflow.log_metric("auc", 0.7, model_id=model.model_id)
    client.log_outputs(run.info.run_id, [mlflow.entities.LoggedModelOutput(model.model_id, 3)])
logged = client.get_logged_model(model.model_id)
same("log_metric(model_id)", [(m.key, m.value, m.run_id) for m in logged.metrics], [("auc", 0.7, run.info.run_id)])
same("log_outputs", [(o.model_id, o.step) for o in client.get_run(run.info.run_id).outputs.model_outputs], [(model.model_id, 3)])
wide = mlflow.set_active_model(name="wide")
with mlflow.start_run() as used:
    mlflow.log_metrics({f"m{i}": i for i in range(1500)})
mlflow.clear_active_model()
same("log_metrics(1,500 of an active model)", (len(client.get_run(used.info.run_id).data.metrics), [i.model_id for i in client.get_run(used.info.run_id).inputs.model_inputs]), (1500, [wide.model_id]))
client.delete_logged_model(wide.model_id)

second = mlflow.initialize_logged_model(name="draft", model_type="x", params={"p": "2"})
external = mlflow.create_external_model(name="outside", params={"k": "v"}, tags={"t": "w"})
same("create_external_model", str(external.status), "READY")


def found(text=None, **more):
    return sorted(m.name for m in client.search_logged_models([experiment], text, **more))


for text, names in [
    (None, ["agent", "draft", "outside"]), ("name = 'agent'", ["agent"]), ("name LIKE '%t%'", ["agent", "draft", "outside"]), ("attributes.name ILIKE 'AG%'", ["agent"]), ("name != 'agent'", ["draft", "outside"]),
    (f"model_id = '{model.model_id}'", ["agent"]), ("model_type = 'Agent'", ["agent"]), ("params.p = '1'", ["agent"]), ("params.p = '2' AND name = 'draft'", ["draft"]), ("tags.t = 'u'", ["agent"]), ("metrics.auc > 0.6", ["agent"]),
    ("metrics.auc > 0.8", []), ("creation_timestamp > 5 AND metrics.auc = 0.7", ["agent"]), ("tags.`mlflow.model.isExternal` = 'true'", ["outside"]),
]:
    same(f"search_logged_models({text})", found(text), names)
refused("search_logged_models(bad filter)", "INVALID_PARAMETER_VALUE", lambda: found("foo.bar = 1"))
ordered = client.search_logged_models([experiment], order_by=[{"field_name": "metrics.auc", "ascending": False}, {"field_name": "name"}])
same("search_logged_models(order_by)", [m.name for m in ordered], ["agent", "draft", "outside"])
first = client.search_logged_models([experiment], max_results=2)
rest = client.search_logged_models([experiment], max_results=2, page_token=first.token)
same("search_logged_models(pages)", ([m.name for m in first] + [m.name for m in rest], rest.token), (["outside", "draft", "agent"], None))
same("last_logged_model", mlflow.last_logged_model().model_id in (external.model_id, second.model_id), True)
client.delete_logged_model(second.model_id)
same("delete_logged_model", found(), ["agent", "outside"])
refused("get_logged_model(deleted)", "RESOURCE_DOES_NOT_EXIST", lambda: client.get_logged_model(second.model_id))
done()
