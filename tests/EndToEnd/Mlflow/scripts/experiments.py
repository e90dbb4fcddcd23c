"""Experiments: create, get, by name, search with filter, order and pages, update, delete, restore, tags."""
from checking import *
from mlflow.entities import ExperimentTag, ViewType

same("get_experiment(0)", client.get_experiment("0").name, "Default")
refused("create_experiment(Default)", "RESOURCE_ALREADY_EXISTS", lambda: client.create_experiment("Default"))
ids = {name: client.create_experiment(name, tags={"team": team}) for name, team in [("apfel ü", "crm"), ("birne", "crm"), ("citrus", "risk")]}
apple = client.get_experiment(ids["apfel ü"])
same("get_experiment", (apple.name, apple.lifecycle_stage, apple.tags, apple.artifact_location), ("apfel ü", "active", {"team": "crm"}, f"mlflow-artifacts:/{apple.experiment_id}"))
same("get_experiment_by_name", client.get_experiment_by_name("apfel ü").experiment_id, apple.experiment_id)
same("get_experiment_by_name(unknown)", client.get_experiment_by_name("nobody's"), None)
refused("get_experiment(unknown)", "RESOURCE_DOES_NOT_EXIST", lambda: client.get_experiment("99999999"))
refused("create_experiment(again)", "RESOURCE_ALREADY_EXISTS", lambda: client.create_experiment("birne"))
refused("create_experiment(no name)", "INVALID_PARAMETER_VALUE", lambda: client.create_experiment(""))
refused("create_experiment(501 characters)", "INVALID_PARAMETER_VALUE", lambda: client.create_experiment("x" * 501))
located = client.create_experiment("located", artifact_location="mlflow-artifacts:/some/place")
same("create_experiment(artifact_location)", client.get_experiment(located).artifact_location, "mlflow-artifacts:/some/place")


def found(filter_string=None, **more):
    return [e.name for e in client.search_experiments(filter_string=filter_string, **more)]


for text, names in [
    ("tags.team = 'crm'", ["apfel ü", "birne"]),
    ("tags.team != 'crm' AND name LIKE 'c%'", ["citrus"]),
    ("name ILIKE 'APFEL%'", ["apfel ü"]),
    ("name LIKE 'APFEL%'", []),
    ("attribute.name = 'birne'", ["birne"]),
    ("tags.`team` LIKE 'r%'", ["citrus"]),
    ("creation_time > 0 AND tags.team ILIKE 'CRM'", ["apfel ü", "birne"]),
    ("last_update_time < 5", []),
]:
    same(f"search_experiments({text})", sorted(found(text)), names)
same("search_experiments(order_by name DESC)", found("tags.team LIKE '%'", order_by=["name DESC"]), ["citrus", "birne", "apfel ü"])
same("search_experiments(order_by creation_time)", found("tags.team LIKE '%'", order_by=["creation_time ASC"]), ["apfel ü", "birne", "citrus"])
refused("search_experiments(bad filter)", "INVALID_PARAMETER_VALUE", lambda: found("foo = 'x'"))
refused("search_experiments(bad order)", "INVALID_PARAMETER_VALUE", lambda: found(order_by=["foo"]))
refused("search_experiments(too many)", "INVALID_PARAMETER_VALUE", lambda: found(max_results=50001))

first = client.search_experiments(filter_string="tags.team LIKE '%'", order_by=["name"], max_results=2)
client.create_experiment("aaa", tags={"team": "new"})
second = client.search_experiments(filter_string="tags.team LIKE '%'", order_by=["name"], max_results=2, page_token=first.token)
same("search_experiments(pages while one is added before)", ([e.name for e in first], [e.name for e in second], second.token), (["apfel ü", "birne"], ["citrus"], None))

client.rename_experiment(ids["birne"], "birne 2")
same("rename_experiment", client.get_experiment(ids["birne"]).name, "birne 2")
client.set_experiment_tag(ids["birne"], "a.b/c d", "1")
client.set_experiment_tag(ids["birne"], "a.b/c d", "2")
same("set_experiment_tag", client.get_experiment(ids["birne"]).tags, {"team": "crm", "a.b/c d": "2"})
same("search_experiments(dotted key)", found("tags.`a.b/c d` = '2'"), ["birne 2"])
refused("set_experiment_tag(251 characters)", "INVALID_PARAMETER_VALUE", lambda: client.set_experiment_tag(ids["birne"], "k" * 251, "v"))
refused("set_experiment_tag(5,001 characters)", "INVALID_PARAMETER_VALUE", lambda: client.set_experiment_tag(ids["birne"], "k", "v" * 5001))
if hasattr(client, "delete_experiment_tag"):
    client.delete_experiment_tag(ids["birne"], "a.b/c d")
    same("delete_experiment_tag", client.get_experiment(ids["birne"]).tags, {"team": "crm"})
    refused("delete_experiment_tag(again)", "RESOURCE_DOES_NOT_EXIST", lambda: client.delete_experiment_tag(ids["birne"], "a.b/c d"))

run = client.create_run(ids["citrus"]).info.run_id
client.delete_experiment(ids["citrus"])
same("delete_experiment", (client.get_experiment(ids["citrus"]).lifecycle_stage, client.get_run(run).info.lifecycle_stage), ("deleted", "deleted"))
same("search_experiments(DELETED_ONLY)", found(view_type=ViewType.DELETED_ONLY), ["citrus"])
same("search_experiments(ALL)", sorted(found("tags.team LIKE '%'", view_type=ViewType.ALL)), ["aaa", "apfel ü", "birne 2", "citrus"])
refused("create_run(in a deleted experiment)", "INVALID_PARAMETER_VALUE", lambda: client.create_run(ids["citrus"]))
refused("create_experiment(name of a deleted one)", "RESOURCE_ALREADY_EXISTS", lambda: client.create_experiment("citrus"))
client.restore_experiment(ids["citrus"])
same("restore_experiment", (client.get_experiment(ids["citrus"]).lifecycle_stage, client.get_run(run).info.lifecycle_stage), ("active", "active"))
refused("restore_experiment(again)", "RESOURCE_DOES_NOT_EXIST", lambda: client.restore_experiment(ids["citrus"]))
refused("delete_experiment(unknown)", "RESOURCE_DOES_NOT_EXIST", lambda: client.delete_experiment("99999999"))
mlflow.set_experiment("birne 2")
mlflow.set_experiment_tags({"x": "y"})
same("set_experiment, set_experiment_tags", client.get_experiment(ids["birne"]).tags["x"], "y")
done()
