"""Search of runs: MLflow's filters with each comparator, orders with NaN and missing last, pages that are stable while runs are added."""
from checking import *
from mlflow.entities import Metric, Param, RunTag, DatasetInput, Dataset, InputTag

experiment = client.create_experiment("search")
other = client.create_experiment("search other")
rows = [("s0", 0.5, 0, "crm", "ann"), ("s1", float("nan"), 1, "CRM", "bob"), ("s2", 0.9, None, "fin's", "ann"), ("s3", 0.7, 3, "x", "bob")]
ids = {}
for i, (name, auc, loss, team, user) in enumerate(rows):
    run = client.create_run(experiment, start_time=100 + i, run_name=name, tags={"mlflow.user": user, "we.ird key": str(i)}).info.run_id
    ids[name] = run
    client.log_batch(run, [Metric("auc", auc, 1, 0)] + ([Metric("val loss", loss, 1, 0)] if loss is not None else []), [Param("depth", str(i)), Param("a.b", f"X{i}")], [RunTag("team", team)])
client.set_terminated(ids["s3"], "FINISHED", 900)
client.log_inputs(ids["s1"], [DatasetInput(Dataset("toy", "abc1", "local", "{}"), [InputTag("mlflow.data.context", "training")])])
ids["other"] = client.create_run(other, run_name="other").info.run_id


def found(text, experiments=None, **more):
    return "".join(r.info.run_name[1:] for r in client.search_runs(experiments or [experiment], text, **({"order_by": ["start_time"]} | more)))


for text, names in [
    ("", "0123"),
    ("metrics.auc > 0.6", "23"), ("metrics.auc >= 0.7", "23"), ("metric.auc < 0.9", "03"), ("metrics.auc <= 0.9", "023"), ("metrics.auc = 0.5", "0"), ("metrics.auc != 0.5", "123"),
    ("metrics.`val loss` < 2", "01"), ('metrics."val loss" >= 1', "13"), ("metrics.auc > 1e-3 and metrics.`val loss` = 3", "3"), ("metrics.nobody > -1", ""),
    ("params.depth = '2'", "2"), ("params.depth != '2'", "013"), ("parameters.depth LIKE '1%'", "1"), ("param.`a.b` = 'X1'", "1"), ("params.a.b ILIKE 'x2'", "2"), ("params.depth IS NULL", ""), ("params.depth IS NOT NULL", "0123"),
    ("tags.team = 'crm'", "0"), ("tags.team ILIKE 'crm'", "01"), ("tag.team LIKE 'c%'", "0"), ("tags.team != 'crm'", "123"), ('tags.team = "fin\'s"', "2"), ("tags.`we.ird key` = '3'", "3"), ("tags.nobody IS NULL", "0123"), ("tags.mlflow.runName = 's1'", "1"),
    ("attributes.status = 'FINISHED'", "3"), ("status = 'RUNNING'", "012"), ("status != 'RUNNING'", "3"), ("attribute.run_name = 's1'", "1"), ("run_name LIKE 's%'", "0123"), ("run_name ILIKE 'S2'", "2"), ("`run name` = 's1'", "1"),
    ("start_time > 101", "23"), ("attributes.start_time <= 101", "01"), ("end_time > 5", "3"), ("created >= 103", "3"), ("user_id = 'ann'", "02"), ("user_id LIKE 'b%'", "13"), ("artifact_uri LIKE '%artifacts'", "0123"),
    (f"run_id = '{ids['s1']}'", "1"), (f"run_id != '{ids['s1']}'", "023"), (f"run_id IN ('{ids['s1']}', '{ids['s2']}')", "12"), (f"attributes.run_id NOT IN ('{ids['s1']}')", "023"),
    ("datasets.name = 'toy'", "1"), ("dataset.digest LIKE 'abc%'", "1"), ("datasets.context = 'training'", "1"), ("dataset.name IN ('toy', 'x')", "1"), ("dataset.name ILIKE 'TOY'", "1"),
    ("metrics.auc > 0.1 AND params.depth = '2' AND tags.team LIKE 'fin%' AND user_id = 'ann'", "2"),
]:
    same(f"search_runs({text})", found(text), names)
same("search_runs(two experiments)", len(client.search_runs([experiment, other])), 5)
same("search_runs(none)", len(client.search_runs([])), 0)
for text in ["metrics.auc > 'a'", "metrics.auc LIKE '1'", "params.depth = 1", "params.depth > '1'", "foo.bar = 'x'", "foo = 'x'", "metrics.auc", "start_time LIKE '1'", "dataset.foo = 'x'", "run_id IN ()"]:
    refused(f"search_runs({text})", "INVALID_PARAMETER_VALUE", lambda: found(text))
for order, names in [
    ("metrics.auc", "0321"), ("metrics.auc DESC", "2301"), ("metrics.`val loss` ASC", "0132"), ("metrics.`val loss` DESC", "3102"), ("params.depth DESC", "3210"), ("tags.team", "1023"),
    ("start_time DESC", "3210"), ("run_name DESC", "3210"), ("attribute.end_time", "3210"), ("status", "3210"), ("metrics.nobody", "3210"),
]:
    same(f"search_runs(order_by {order})", found("", order_by=[order]), names)
same("search_runs(order_by two)", found("", order_by=["user_id", "metrics.auc DESC"]), "2031")
refused("search_runs(order_by foo)", "INVALID_PARAMETER_VALUE", lambda: found("", order_by=["foo"]))
for most in [0, 50001]:
    refused(f"search_runs(max_results {most})", "INVALID_PARAMETER_VALUE", lambda: found("", max_results=most))
refused("search_runs(forged token)", "INVALID_PARAMETER_VALUE", lambda: found("", page_token="forged"))

for order in [["metrics.auc"], ["metrics.auc DESC"], ["start_time DESC"], ["tags.team"], ["run_name"]]:
    whole, pages, token = [r.info.run_id for r in client.search_runs([experiment], "user_id LIKE '%'", order_by=order)], [], None
    while True:
        page = client.search_runs([experiment], "user_id LIKE '%'", order_by=order, max_results=1, page_token=token)
        pages += [r.info.run_id for r in page]
        token = page.token
        if not token:
            break
        if len(pages) < 4:
            added = client.create_run(experiment, start_time=50 + len(pages), run_name=f"added {len(pages)}", tags={"mlflow.user": "zoe", "team": "m"})
            client.log_metric(added.info.run_id, "auc", 0.6)
    same(f"search_runs(order_by {order}, pages while runs are added)", ([r for r in pages if r in whole], len(set(pages))), (whole, len(pages)))
frame = mlflow.search_runs([experiment], "tags.team = 'crm'")
same("mlflow.search_runs(a table)", (list(frame["metrics.auc"]), list(frame["params.depth"]), list(frame["tags.team"])), ([0.5], ["0"], ["crm"]))
done()
