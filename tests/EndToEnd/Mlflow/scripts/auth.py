"""Tokens and roles as MLflow's client shows them. Arguments: the URL of a server that asks for tokens, a viewer's, a contributor's and an admin's token."""
from checking import *
import requests

VIEWER, CONTRIBUTOR, ADMIN = sys.argv[2:5]


def as_token(token):
    for name in ("MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD"):
        os.environ.pop(name, None)
    os.environ["MLFLOW_TRACKING_TOKEN"] = token


def as_user(name, token):
    os.environ.pop("MLFLOW_TRACKING_TOKEN", None)
    os.environ.update(MLFLOW_TRACKING_USERNAME=name, MLFLOW_TRACKING_PASSWORD=token)


def is_refused(call, status, act):
    try:
        act()
    except MlflowException as e:
        same(f"{call} (its refusal, {e})", e.get_http_status_code() if e.error_code not in ("INTERNAL_ERROR",) else str(status) in str(e) and status, status)
    except requests.HTTPError as e:
        same(f"{call} (its refusal)", e.response.status_code, status)
    else:
        sys.exit(f"{call}: was taken, expected {status}")


same("GET experiments/search(no token)", requests.post(f"{URL}/api/2.0/mlflow/experiments/search", json={"max_results": 5}).status_code, 401)
for how, show in [("MLFLOW_TRACKING_TOKEN", as_token), ("MLFLOW_TRACKING_USERNAME and PASSWORD", lambda token: as_user("anybody", token))]:
    show("mlops_nobody_x")
    is_refused(f"search_experiments({how}, a wrong token)", 401, lambda: client.search_experiments())
    show(CONTRIBUTOR)
    experiment = mlflow.set_experiment(f"auth by {how}").experiment_id
    with mlflow.start_run() as run:
        mlflow.log_metric("m", 1)
        mlflow.log_text("text", "a.txt")
    same(f"log_text ({how})", mlflow.artifacts.load_text(f"{run.info.artifact_uri}/a.txt"), "text")
    client.create_registered_model(f"model by {how}")
    is_refused(f"delete_registered_model (contributor, {how})", 403, lambda: client.delete_registered_model(f"model by {how}"))

    @mlflow.trace
    def answer():
        return 1

    answer()
    if THREE:
        mlflow.flush_trace_async_logging()
    same(f"search_traces ({how})", [len(t.data.spans) for t in client.search_traces([experiment])], [1])

    show(VIEWER)
    same(f"get_run (viewer, {how})", client.get_run(run.info.run_id).data.metrics, {"m": 1.0})
    same(f"search_runs (viewer, {how})", len(client.search_runs([experiment])), 1)
    same(f"load_text (viewer, {how})", mlflow.artifacts.load_text(f"{run.info.artifact_uri}/a.txt"), "text")
    for name, act in [
        ("create_experiment", lambda: client.create_experiment("x")), ("create_run", lambda: client.create_run(experiment)), ("log_metric", lambda: client.log_metric(run.info.run_id, "m", 2)),
        ("log_param", lambda: client.log_param(run.info.run_id, "p", 2)), ("set_tag", lambda: client.set_tag(run.info.run_id, "t", 2)), ("log_text", lambda: client.log_text(run.info.run_id, "x", "b.txt")),
        ("delete_run", lambda: client.delete_run(run.info.run_id)), ("create_registered_model", lambda: client.create_registered_model("x")),
    ]:
        is_refused(f"{name} (viewer, {how})", 403, act)
    same(f"get_run (nothing was written, {how})", client.get_run(run.info.run_id).data.metrics, {"m": 1.0})
    show(ADMIN)
    client.delete_registered_model(f"model by {how}")
    same(f"delete_registered_model (admin, {how})", len(client.search_registered_models()), 0)
done()
