"""Runs: create, get, update, delete, restore, nested runs, views; params, which never change; tags."""
from checking import *
from mlflow.entities import Param, RunTag, ViewType

experiment = mlflow.set_experiment("runs").experiment_id
made = client.create_run(experiment, start_time=1000, tags={"mlflow.user": "ann", "a": "b"}, run_name="first")
run = made.info.run_id
same("create_run", (made.info.run_name, made.info.status, made.info.start_time, made.info.lifecycle_stage, made.data.tags["a"]), ("first", "RUNNING", 1000, "active", "b"))
same("create_run(artifact_uri)", made.info.artifact_uri, f"mlflow-artifacts:/{experiment}/{run}/artifacts")
same("create_run(made-up name)", len(client.create_run(experiment).info.run_name.split("-")), 3)
refused("get_run(unknown)", "RESOURCE_DOES_NOT_EXIST", lambda: client.get_run("f" * 32))
refused("create_run(unknown experiment)", "RESOURCE_DOES_NOT_EXIST", lambda: client.create_run("99999999"))
client.update_run(run, status="SCHEDULED", name="renamed")
same("update_run", (client.get_run(run).info.status, client.get_run(run).info.run_name, client.get_run(run).data.tags["mlflow.runName"]), ("SCHEDULED", "renamed", "renamed"))
client.set_terminated(run, "KILLED", 5000)
same("set_terminated", (client.get_run(run).info.status, client.get_run(run).info.end_time), ("KILLED", 5000))

client.log_param(run, "depth", 6)
client.log_param(run, "depth", 6)
same("log_param(same value again)", client.get_run(run).data.params, {"depth": "6"})
refused("log_param(other value)", "INVALID_PARAMETER_VALUE", lambda: client.log_param(run, "depth", 7))
refused("log_batch(other value)", "INVALID_PARAMETER_VALUE", lambda: client.log_batch(run, params=[Param("new", "1"), Param("depth", "7")]))
same("log_batch(other value), nothing of it", client.get_run(run).data.params, {"depth": "6"})
client.log_param(run, "Größe / a.b-c d:e", "漢字 😀")
same("log_param(non-ASCII)", client.get_run(run).data.params["Größe / a.b-c d:e"], "漢字 😀")
client.log_batch(run, params=[Param("long", "x" * 6000)], synchronous=True)
same("log_batch(6,000 characters)", len(client.get_run(run).data.params["long"]), 6000)
for key in ["a" * 251, "../x", "/x", "a//b", "x?"]:
    refused(f"log_param({key[:9]})", "INVALID_PARAMETER_VALUE", lambda: client.log_param(run, key, 1))
    refused(f"set_tag({key[:9]})", "INVALID_PARAMETER_VALUE", lambda: client.set_tag(run, key, 1))

client.set_tag(run, "t.x y", "v")
client.set_tag(run, "t.x y", "w")
client.log_batch(run, tags=[RunTag("u", "1"), RunTag("v", "2")])
same("set_tag, log_batch", {k: v for k, v in client.get_run(run).data.tags.items() if k in ("t.x y", "u", "v")}, {"t.x y": "w", "u": "1", "v": "2"})
client.delete_tag(run, "t.x y")
same("delete_tag", "t.x y" in client.get_run(run).data.tags, False)
refused("delete_tag(again)", "RESOURCE_DOES_NOT_EXIST", lambda: client.delete_tag(run, "t.x y"))
client.set_tag(run, "mlflow.note.content", "a *note*")
same("set_tag(note)", client.get_run(run).data.tags["mlflow.note.content"], "a *note*")

with mlflow.start_run(run_name="parent") as parent:
    for i in range(2):
        with mlflow.start_run(run_name=f"child {i}", nested=True) as child:
            mlflow.log_params({"i": i})
same("get_parent_run", mlflow.get_parent_run(child.info.run_id).info.run_id, parent.info.run_id)
same("search_runs(children)", [r.info.run_name for r in client.search_runs([experiment], f"tags.mlflow.parentRunId = '{parent.info.run_id}'", order_by=["params.i"])], ["child 0", "child 1"])
same("start_run(ended)", (client.get_run(parent.info.run_id).info.status, client.get_run(parent.info.run_id).info.end_time is None), ("FINISHED", False))
try:
    with mlflow.start_run(run_name="broken") as broken:
        raise ValueError
except ValueError:
    same("start_run(left by an error)", client.get_run(broken.info.run_id).info.status, "FAILED")
with mlflow.start_run(run_id=parent.info.run_id):
    mlflow.log_param("late", 1)
same("start_run(again)", client.get_run(parent.info.run_id).data.params, {"late": "1"})

client.delete_run(run)
same("delete_run", client.get_run(run).info.lifecycle_stage, "deleted")
for name, act in [("log_param", lambda: client.log_param(run, "x", 1)), ("log_metric", lambda: client.log_metric(run, "x", 1)), ("set_tag", lambda: client.set_tag(run, "x", 1))]:
    refused(f"{name}(deleted run)", "INVALID_PARAMETER_VALUE", act)
for view, names in [(ViewType.DELETED_ONLY, ["renamed"]), (ViewType.ACTIVE_ONLY, ["child 0", "child 1", "parent"]), (ViewType.ALL, ["child 0", "child 1", "parent", "renamed"])]:
    same(f"search_runs(view {view})", sorted(r.info.run_name for r in client.search_runs([experiment], run_view_type=view) if r.info.run_name in ("renamed", "parent", "child 0", "child 1")), names)
client.restore_run(run)
same("restore_run", client.get_run(run).info.lifecycle_stage, "active")
refused("delete_run(unknown)", "RESOURCE_DOES_NOT_EXIST", lambda: client.delete_run("f" * 32))
done()
