"""Artifacts through the proxy: upload, download, nested lists, delete, uploads in parts, names that are not ASCII."""
import os
import tempfile

from checking import *
import requests
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

mlflow.set_experiment("artifacts")
folder = tempfile.mkdtemp()


def file(name, content):
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as out:
        out.write(content)
    return path


def names(run, path=None):
    return [(f.path, f.is_dir, f.file_size) for f in client.list_artifacts(run, path)]


odd = "Größe 5% +&;=, 漢.txt"
file("tree/a.txt", b"a")
file("tree/deep/er/empty.bin", b"")
file(f"tree/deep/{odd}", b"odd")
with mlflow.start_run() as run:
    mlflow.log_artifact(file("one file.txt", b"one"))
    mlflow.log_artifact(file(odd, b"odd"), "dir ö")
    mlflow.log_artifacts(os.path.join(folder, "tree"), "tree")
    mlflow.log_text("text", "notes/t.txt")
    mlflow.log_dict({"a": [1, "ü"]}, "d.json")
run_id = run.info.run_id
same("list_artifacts", [n for n, *_ in names(run_id)], ["d.json", "dir ö", "notes", "one file.txt", "tree"])
same("list_artifacts(a folder)", names(run_id, "tree"), [("tree/a.txt", False, 1), ("tree/deep", True, None)])
same("list_artifacts(deep)", names(run_id, "tree/deep"), [(f"tree/deep/{odd}", False, 3), ("tree/deep/er", True, None)])
same("list_artifacts(a file)", names(run_id, "tree/a.txt"), [])
same("list_artifacts(unknown)", names(run_id, "nobody"), [])
with open(client.download_artifacts(run_id, f"dir ö/{odd}"), "rb") as got:
    same("download_artifacts(one)", got.read(), b"odd")
whole = client.download_artifacts(run_id, "")
same("download_artifacts(all)", sorted(os.path.relpath(os.path.join(at, f), whole) for at, _, files in os.walk(whole) for f in files),
     sorted(["d.json", f"dir ö/{odd}", "notes/t.txt", "one file.txt", "tree/a.txt", "tree/deep/er/empty.bin", f"tree/deep/{odd}"]))
same("load_text", mlflow.artifacts.load_text(f"runs:/{run_id}/notes/t.txt"), "text")
same("load_dict", mlflow.artifacts.load_dict(f"{run.info.artifact_uri}/d.json"), {"a": [1, "ü"]})
mlflow.artifacts.download_artifacts(artifact_uri=f"mlflow-artifacts:/{run.info.experiment_id}/{run_id}/artifacts/tree", dst_path=os.path.join(folder, "out"))
same("download_artifacts(dst_path)", os.path.getsize(os.path.join(folder, "out", "tree", "deep", odd)), 3)
client.log_text(run_id, "replaced", "notes/t.txt")
same("log_text(again)", mlflow.artifacts.load_text(f"runs:/{run_id}/notes/t.txt"), "replaced")
long = "/".join(["d" * 200] * 3) + "/f.txt"
client.log_text(run_id, "long", long)
same("log_text(a path of 608 characters)", mlflow.artifacts.load_text(f"runs:/{run_id}/{long}"), "long")

repository = get_artifact_repository(run.info.artifact_uri)
repository.delete_artifacts("tree/deep")
same("delete_artifacts(a folder)", names(run_id, "tree"), [("tree/a.txt", False, 1)])
repository.delete_artifacts("tree/a.txt")
same("delete_artifacts(a file)", names(run_id, "tree"), [])
repository.delete_artifacts("nobody")
same("delete_artifacts(what is not there)", "d.json" in [n for n, *_ in names(run_id)], True)
for path in ["../x", "a/../../x", "/etc/x"]:
    answer = requests.put(f"{URL}/api/2.0/mlflow-artifacts/artifacts/{requests.utils.quote(path, safe='')}", data=b"x")
    same(f"PUT artifacts/{path}", answer.status_code, 400)
    same(f"GET artifacts/list({path})", requests.get(f"{URL}/api/2.0/mlflow/artifacts/list", params={"run_id": run_id, "path": path}).json()["error_code"], "INVALID_PARAMETER_VALUE")
same("get-artifact", requests.get(f"{URL}/get-artifact", params={"run_id": run_id, "path": "notes/t.txt"}).content, b"replaced")
same("upload-artifact", requests.post(f"{URL}/ajax-api/2.0/mlflow/upload-artifact", params={"run_uuid": run_id, "path": "up/l.txt"}, data=b"up").status_code, 200)
same("upload-artifact(11 MiB)", requests.post(f"{URL}/ajax-api/2.0/mlflow/upload-artifact", params={"run_uuid": run_id, "path": "up/big"}, data=b"x" * (11 << 20)).status_code, 400)
same("list_artifacts(uploaded)", names(run_id, "up"), [("up/l.txt", False, 2)])

if hasattr(mlflow.environment_variables, "MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE"):
    parts = {"count": 0}
    send = requests.Session.send

    def counted(self, request, **more):
        parts["count"] += "/mpu/parts/" in request.url
        return send(self, request, **more)

    requests.Session.send = counted
    os.environ.update(MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD="true", MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE=str(5 << 20), MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE=str(5 << 20))
    content = os.urandom(12_000_000)
    for name in ["big.bin", "big ö.bin"]:
        client.log_artifact(run_id, file(name, content), "parts")
        with open(client.download_artifacts(run_id, f"parts/{name}"), "rb") as got:
            same(f"log_artifact(in parts, {name})", got.read() == content, True)
    same("log_artifact(parts that were sent)", parts["count"], 6)
    same("list_artifacts(parts)", sorted((n, s) for n, _, s in names(run_id, "parts")), [("parts/big ö.bin", 12_000_000), ("parts/big.bin", 12_000_000)])
    os.environ["MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD"] = "false"

pandas, numpy = module("pandas"), module("numpy")
if pandas and numpy:
    mlflow.log_table({"q": ["a", "b"], "n": [1, 2]}, "t.json", run_id=run_id)
    mlflow.log_table(pandas.DataFrame({"q": ["c"], "n": [3]}), "t.json", run_id=run_id)
    same("log_table, load_table", list(mlflow.load_table("t.json", run_ids=[run_id]).n), [1, 2, 3])
    if module("PIL"):
        client.log_image(run_id, numpy.zeros((8, 8, 3), dtype=numpy.uint8), "img/i.png")
        same("log_image", mlflow.artifacts.load_image(f"runs:/{run_id}/img/i.png").size, (8, 8))
done()
