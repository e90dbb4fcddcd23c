"""The model registry: models, versions, tags, aliases, stages, search, copies, download URIs, deleting."""
from checking import *

run = client.create_run("0").info.run_id
source = f"mlflow-artifacts:/0/{run}/artifacts/model"
made = client.create_registered_model("größe x", tags={"k": "v"}, description="one")
same("create_registered_model", (made.name, made.tags, made.description), ("größe x", {"k": "v"}, "one"))
refused("create_registered_model(again)", "RESOURCE_ALREADY_EXISTS", lambda: client.create_registered_model("größe x"))
for name in ["", " ", "a/b", "a:b"]:
    refused(f"create_registered_model('{name}')", "INVALID_PARAMETER_VALUE", lambda: client.create_registered_model(name))
refused("get_registered_model(unknown)", "RESOURCE_DOES_NOT_EXIST", lambda: client.get_registered_model("nobody's"))
client.update_registered_model("größe x", "ü" * 5000)
same("update_registered_model(5,000 characters)", client.get_registered_model("größe x").description, "ü" * 5000)
client.rename_registered_model("größe x", "churn")
same("rename_registered_model", client.get_registered_model("churn").tags, {"k": "v"})
refused("get_registered_model(old name)", "RESOURCE_DOES_NOT_EXIST", lambda: client.get_registered_model("größe x"))
client.set_registered_model_tag("churn", "a.b c", "1")
client.delete_registered_model_tag("churn", "k")
client.delete_registered_model_tag("churn", "nobody's")
same("set_registered_model_tag, delete_registered_model_tag", client.get_registered_model("churn").tags, {"a.b c": "1"})
for key in ["k" * 251, "a@b!", "../k"]:
    refused(f"set_registered_model_tag({key[:9]})", "INVALID_PARAMETER_VALUE", lambda: client.set_registered_model_tag("churn", key, "v"))
refused("set_registered_model_tag(100,001 characters)", "INVALID_PARAMETER_VALUE", lambda: client.set_registered_model_tag("churn", "k", "v" * 100001))

first = client.create_model_version("churn", source, run, tags={"x": "y"}, description="v1", run_link="https://example.com/run")
same("create_model_version", (str(first.version), first.status, first.run_id, first.source, first.tags, first.run_link), ("1", "READY", run, source, {"x": "y"}, "https://example.com/run"))
second = client.create_model_version("churn", "s3://bucket/model")
same("create_model_version(s3)", (str(second.version), second.source), ("2", "s3://bucket/model"))
same("create_model_version(runs:)", str(client.create_model_version("churn", f"runs:/{run}/model", run).version), "3")
for bad in ["/etc/passwd", "file:///etc", "mlflow-artifacts:/../x"]:
    refused(f"create_model_version({bad})", "INVALID_PARAMETER_VALUE", lambda: client.create_model_version("churn", bad))
refused("create_model_version(unknown model)", "RESOURCE_DOES_NOT_EXIST", lambda: client.create_model_version("nobody's", "s3://b/m"))
for version in ["99", "x"]:
    refused(f"get_model_version({version})", "RESOURCE_DOES_NOT_EXIST" if version == "99" else "INVALID_PARAMETER_VALUE", lambda: client.get_model_version("churn", version))
same("get_model_version_download_uri", client.get_model_version_download_uri("churn", "2"), "s3://bucket/model")
client.update_model_version("churn", "1", "better")
client.set_model_version_tag("churn", "1", "t", "u")
client.delete_model_version_tag("churn", "1", "x")
same("update_model_version, tags", (client.get_model_version("churn", "1").description, client.get_model_version("churn", "1").tags), ("better", {"t": "u"}))
refused("set_model_version_tag(a@b!)", "INVALID_PARAMETER_VALUE", lambda: client.set_model_version_tag("churn", "1", "a@b!", "v"))

client.set_registered_model_alias("churn", "champion", "1")
same("get_model_version_by_alias", str(client.get_model_version_by_alias("churn", "champion").version), "1")
client.set_registered_model_alias("churn", "champion", "2")
client.set_registered_model_alias("churn", "Other-1", "2")
same("set_registered_model_alias(moved)", {a: str(v) for a, v in client.get_registered_model("churn").aliases.items()}, {"champion": "2", "Other-1": "2"})
same("get_model_version(aliases)", sorted(client.get_model_version("churn", "2").aliases), ["Other-1", "champion"])
client.delete_registered_model_alias("churn", "Other-1")
for alias in ["latest", "v1", "a b", "x" * 256]:
    refused(f"set_registered_model_alias({alias[:9]})", "INVALID_PARAMETER_VALUE", lambda: client.set_registered_model_alias("churn", alias, "1"))
refused("get_model_version_by_alias(unknown)", "INVALID_PARAMETER_VALUE", lambda: client.get_model_version_by_alias("churn", "nobody"))
refused("set_registered_model_alias(unknown version)", "RESOURCE_DOES_NOT_EXIST", lambda: client.set_registered_model_alias("churn", "q", "99"))

client.transition_model_version_stage("churn", "1", "Production")
client.transition_model_version_stage("churn", "2", "production", archive_existing_versions=True)
same("transition_model_version_stage", [client.get_model_version("churn", v).current_stage for v in "12"], ["Archived", "Production"])
same("get_latest_versions", sorted((v.current_stage, str(v.version)) for v in client.get_latest_versions("churn")), [("Archived", "1"), ("None", "3"), ("Production", "2")])
same("get_latest_versions(stage)", [str(v.version) for v in client.get_latest_versions("churn", ["Production"])], ["2"])
refused("transition_model_version_stage(nowhere)", "INVALID_PARAMETER_VALUE", lambda: client.transition_model_version_stage("churn", "1", "nowhere"))

copied = client.copy_model_version("models:/churn/1", "copy")
same("copy_model_version", (copied.name, str(copied.version), client.get_model_version_download_uri("copy", "1")), ("copy", "1", source))
for i in range(3):
    client.create_registered_model(f"more {i}", tags={"team": "crm" if i else "risk"})


def models(text=None, **more):
    return [m.name for m in client.search_registered_models(filter_string=text, **more)]


def versions(text=None, **more):
    return [f"{v.name} {v.version}" for v in client.search_model_versions(filter_string=text, **more)]


for text, names in [("name = 'churn'", ["churn"]), ("name LIKE 'more%'", ["more 0", "more 1", "more 2"]), ("name ILIKE 'MORE _'", ["more 0", "more 1", "more 2"]), ("tags.team = 'crm'", ["more 1", "more 2"]), ("tags.team != 'crm'", ["more 0"]), ("name LIKE 'm%' AND tags.`team` = 'risk'", ["more 0"]), (None, ["churn", "copy", "more 0", "more 1", "more 2"])]:
    same(f"search_registered_models({text})", models(text), names)
same("search_registered_models(order_by)", models("name LIKE 'more%'", order_by=["name DESC"]), ["more 2", "more 1", "more 0"])
same("search_registered_models(order_by time)", models("name LIKE 'more%'", order_by=["last_updated_timestamp ASC"]), ["more 0", "more 1", "more 2"])
page = client.search_registered_models(max_results=2)
same("search_registered_models(pages)", [m.name for m in page] + [m.name for m in client.search_registered_models(max_results=3, page_token=page.token)], ["churn", "copy", "more 0", "more 1", "more 2"])
refused("search_registered_models(foo)", "INVALID_PARAMETER_VALUE", lambda: models("foo = 'x'"))
for text, names in [("name = 'churn'", ["churn 3", "churn 2", "churn 1"]), (f"run_id = '{run}' AND name = 'churn'", ["churn 3", "churn 1"]), ("source_path = 's3://bucket/model'", ["churn 2"]), ("tags.t = 'u' AND name = 'churn'", ["churn 1"]), ("version_number > 1", ["churn 3", "churn 2"])]:
    same(f"search_model_versions({text})", versions(text, order_by=["version_number DESC"]), names)
same("search_model_versions(run_id IN)", sorted(versions(f"run_id IN ('{run}', 'x') AND name = 'churn'")), ["churn 1", "churn 3"])
refused("search_model_versions(foo)", "INVALID_PARAMETER_VALUE", lambda: versions("foo = 'x'"))

client.delete_model_version("churn", "2")
refused("get_model_version(deleted)", "RESOURCE_DOES_NOT_EXIST", lambda: client.get_model_version("churn", "2"))
same("delete_model_version(its alias)", client.get_registered_model("churn").aliases, {})
same("create_model_version(numbers are not taken again)", str(client.create_model_version("churn", "s3://b/m").version), "4")
client.delete_model_version("churn", "4")
same("create_model_version(nor is the last)", str(client.create_model_version("churn", "s3://b/m").version), "5")
client.delete_registered_model("churn")
refused("delete_registered_model(again)", "RESOURCE_DOES_NOT_EXIST", lambda: client.delete_registered_model("churn"))
same("search_model_versions(of a deleted model)", versions("name = 'churn'"), [])
done()
