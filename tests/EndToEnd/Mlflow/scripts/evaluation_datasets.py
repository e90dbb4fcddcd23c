"""Evaluation data sets: made, filled with dicts, traces and data frames, read back, searched, tagged, moved between experiments, deleted."""
import json

from checking import *

needs((3, 4), "mlflow.genai.datasets outside of Databricks")
import mlflow.genai.datasets as datasets

pandas = module("pandas")

experiment = mlflow.set_experiment("evaluation").experiment_id
other = mlflow.create_experiment("evaluation too")

made = datasets.create_dataset(name="support", experiment_id=experiment, tags={"team": "crm", "version": 2})
same("create_dataset", (made.name, made.tags["team"], made.tags["version"], made.experiment_ids, made.profile), ("support", "crm", "2", [experiment], None))
same("create_dataset (of the current experiment)", datasets.create_dataset(name="plain").experiment_ids, [experiment])
refused("create_dataset (no name)", "INVALID_PARAMETER_VALUE", lambda: datasets.create_dataset(name=""))

made.merge_records([
    {"inputs": {"question": "What?", "context": {"n": [1, 2.5, None, True]}}, "expectations": {"answer": "That.", "score": 0.5}},
    {"inputs": {"question": "Wer? äöü 漢字"}, "tags": {"hard": "yes"}},
    {"inputs": {"question": "With outputs"}, "outputs": {"answer": "x"}, "source": {"source_type": "DOCUMENT", "source_data": {"source_id": "doc-1"}}},
])
records = datasets.get_dataset(dataset_id=made.dataset_id).to_df() if pandas is not None else None
if records is not None:
    same("merge_records (its order)", [i["question"] for i in records["inputs"]], ["What?", "Wer? äöü 漢字", "With outputs"])
    same("merge_records (its inputs)", records["inputs"][0]["context"], {"n": [1, 2.5, None, True]})
    same("merge_records (its expectations)", list(records["expectations"]), [{"answer": "That.", "score": 0.5}, None, None])
    same("merge_records (its sources)", [str(s) for s in records["source_type"]], ["HUMAN", "CODE", "DOCUMENT"])
    same("merge_records (its source id)", records["source_id"][2], "doc-1")
    same("merge_records (its outputs)", records["outputs"][2], {"answer": "x"})

made.merge_records([{"inputs": {"context": {"n": [1, 2.5, None, True]}, "question": "What?"}, "expectations": {"score": 1, "more": [1]}, "outputs": "said"}])
again = datasets.get_dataset(name="support")
entity = client.get_dataset(made.dataset_id)
same("merge_records (of the same inputs)", [r.expectations for r in entity.records if r.inputs["question"] == "What?"], [{"answer": "That.", "score": 1, "more": [1]}])
same("merge_records (their outputs)", [r.outputs for r in entity.records if r.inputs["question"] == "What?"], ["said"])
same("get_dataset (by name)", (again.dataset_id, json.loads(again.profile)), (made.dataset_id, {"num_records": 3}))
same("get_dataset (its schema)", json.loads(again.schema), {"inputs": {"question": "string", "context": "object"}, "outputs": {"answer": "string"}, "expectations": {"answer": "string", "score": "float", "more": "array"}, "version": "1.0"})
same("get_dataset (its digest)", again.digest != made.digest, True)
refused("get_dataset (none)", "RESOURCE_DOES_NOT_EXIST", lambda: datasets.get_dataset(dataset_id="d-none"))
refused("merge_records (mixed granularity)", "INVALID_PARAMETER_VALUE", lambda: again.merge_records([{"inputs": {"goal": "g"}}]))

many = datasets.create_dataset(name="many", experiment_id=[experiment, other])
many.merge_records([{"inputs": {"n": n, "text": "x" * 200}, "expectations": {"n": n}} for n in range(2500)])
many.merge_records([{"inputs": {"n": n, "text": "x" * 200}, "expectations": {"twice": True}} for n in range(2000, 3000)])
entity = client.get_dataset(many.dataset_id)
same("merge_records (of thousands)", [r.inputs["n"] for r in entity.records], list(range(3000)))
same("merge_records (of thousands, merged)", (json.loads(entity.profile), entity.records[2400].expectations, entity.records[2600].expectations), ({"num_records": 3000}, {"n": 2400, "twice": True}, {"twice": True}))
same("delete_records", many.delete_records([r.dataset_record_id for r in entity.records[:1200]] + ["dr-none"]), 1200)
same("delete_records (what is left)", [r.inputs["n"] for r in client.get_dataset(many.dataset_id).records], list(range(1200, 3000)))


@mlflow.trace(name="answer")
def answer(question):
    return f"{question}!"


for question in ["a", "b"]:
    answer(question)
mlflow.flush_trace_async_logging() if hasattr(mlflow, "flush_trace_async_logging") else None
traces = mlflow.search_traces(locations=[experiment], return_type="list")
mlflow.log_expectation(trace_id=traces[0].info.trace_id, name="expected", value={"is": "that"})
of_traces = datasets.create_dataset(name="of traces", experiment_id=experiment)
of_traces.merge_records(mlflow.search_traces(locations=[experiment], return_type="list"))
found = sorted(client.get_dataset(of_traces.dataset_id).records, key=lambda r: r.inputs["question"])
same("merge_records (of traces)", [(r.inputs, r.outputs, r.source_type) for r in found], [({"question": q}, f"{q}!", "TRACE") for q in "ab"])
same("merge_records (where they come from)", sorted(r.source_id for r in found), sorted(t.info.trace_id for t in traces))
same("merge_records (expectations of traces)", [r.expectations for r in found if r.source_id == traces[0].info.trace_id], [{"expected": {"is": "that"}}])
if pandas is not None:
    of_traces.merge_records(mlflow.search_traces(locations=[experiment]))
    same("merge_records (of a frame of traces)", len(client.get_dataset(of_traces.dataset_id).records), 2)
    framed = datasets.create_dataset(name="framed", experiment_id=experiment)
    framed.merge_records(pandas.DataFrame([{"inputs": {"q": "1"}, "expectations": {"a": 1}}, {"inputs": {"q": "2"}, "expectations": {"a": 2}}]))
    same("merge_records (of a frame)", [(r.inputs, r.expectations) for r in client.get_dataset(framed.dataset_id).records], [({"q": "1"}, {"a": 1}), ({"q": "2"}, {"a": 2})])

names = lambda **query: [d.name for d in datasets.search_datasets(**query)]
same("search_datasets (by experiment)", names(experiment_ids=other), ["many"])
same("search_datasets (by filter)", names(filter_string="name LIKE 's%' AND tags.team = 'crm'"), ["support"])
same("search_datasets (ordered)", names(experiment_ids=[experiment], filter_string="name != 'framed'", order_by=["name DESC"]), ["support", "plain", "of traces", "many"])
same("search_datasets (some)", names(experiment_ids=[experiment], order_by=["created_time ASC"], max_results=2), ["support", "plain"])
page = client.search_datasets(experiment_ids=[experiment], order_by=["created_time"], max_results=1)
same("search_datasets (the next page)", [d.name for d in client.search_datasets(experiment_ids=[experiment], order_by=["created_time"], max_results=1, page_token=page.token)], ["plain"])
refused("search_datasets (no such field)", "INVALID_PARAMETER_VALUE", lambda: datasets.search_datasets(filter_string="size > 3"))

datasets.set_dataset_tags(dataset_id=made.dataset_id, tags={"team": "sales", "a/b c": "x", "gone": None})
datasets.delete_dataset_tag(dataset_id=made.dataset_id, key="version")
same("set_dataset_tags", {k: v for k, v in datasets.get_dataset(dataset_id=made.dataset_id).tags.items() if not k.startswith("mlflow.")}, {"team": "sales", "a/b c": "x"})
datasets.add_dataset_to_experiments(dataset_id=made.dataset_id, experiment_ids=[other])
same("add_dataset_to_experiments", datasets.get_dataset(dataset_id=made.dataset_id).experiment_ids, [experiment, other])
datasets.remove_dataset_from_experiments(dataset_id=made.dataset_id, experiment_ids=[experiment])
same("remove_dataset_from_experiments", datasets.get_dataset(dataset_id=made.dataset_id).experiment_ids, [other])
refused("add_dataset_to_experiments (no such)", "RESOURCE_DOES_NOT_EXIST", lambda: datasets.add_dataset_to_experiments(dataset_id=made.dataset_id, experiment_ids=["987654"]))

with mlflow.start_run() as run:
    mlflow.log_input(datasets.get_dataset(dataset_id=made.dataset_id)._mlflow_dataset if hasattr(made, "_mlflow_dataset") else client.get_dataset(made.dataset_id))
same("log_input", [d.dataset.name for d in client.get_run(run.info.run_id).inputs.dataset_inputs], ["support"])

datasets.delete_dataset(dataset_id=made.dataset_id)
same("delete_dataset", names(filter_string="name = 'support'"), [])
refused("delete_dataset (what is gone)", "RESOURCE_DOES_NOT_EXIST", lambda: datasets.get_dataset(dataset_id=made.dataset_id))
done()
