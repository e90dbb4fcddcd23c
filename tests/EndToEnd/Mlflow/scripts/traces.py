"""Traces and OTLP: spans, search, tags, sessions, links to runs and models, feedback and expectations, deleting."""
from checking import *
import requests

experiment = mlflow.set_experiment("traces").experiment_id


@mlflow.trace(span_type="CHAIN")
def answer(question):
    with mlflow.start_span("inner", span_type="LLM") as span:
        span.set_inputs({"question": question})
        span.set_attribute("temperature", 0.5)
        span.set_outputs({"größe": [1, 2.5, None]})
    return f"answer to {question}"


def flush():
    if THREE:
        mlflow.flush_trace_async_logging()


def found(text=None, **more):
    return client.search_traces([experiment], text, **more)


def preview(trace):
    return (trace.info.request_preview if THREE else trace.data.request) or ""


for i in range(3):
    answer(f"q{i}")
try:
    answer(5 + "x")
except TypeError:
    pass
with mlflow.start_run() as run:
    answer("in a run")
flush()
same("search_traces", sorted(preview(t) for t in found()), ['{"question": "in a run"}', '{"question": "q0"}', '{"question": "q1"}', '{"question": "q2"}'])
trace = found(order_by=["timestamp_ms ASC"])[0]
ident = trace.info.request_id
spans = client.get_trace(ident).data.spans
same("get_trace", [(s.name, s.parent_id is None, s.span_type) for s in spans], [("answer", True, "CHAIN"), ("inner", False, "LLM")])
same("get_trace(what a span holds)", (spans[1].inputs, spans[1].outputs, spans[1].get_attribute("temperature"), spans[0].outputs), ({"question": "q0"}, {"größe": [1, 2.5, None]}, 0.5, "answer to q0"))
if VERSION >= (3, 4):
    same("spans by OTLP", client.get_trace(ident).info.tags["mlflow.trace.spansLocation"], "TRACKING_STORE")
refused("get_trace(unknown)", "RESOURCE_DOES_NOT_EXIST", lambda: client.get_trace("tr-" + "0" * 32)) if not THREE else None


@mlflow.trace
def broken():
    raise ValueError("no")


try:
    broken()
except ValueError:
    flush()
for text, count in [
    ("attributes.status = 'OK'", 4), ("status = 'ERROR'", 1), ("name = 'broken'", 1), ("name != 'broken'", 4) if THREE else ("attributes.name = 'answer'", 4), ("tags.`mlflow.traceName` = 'answer'", 4), ("timestamp_ms > 0", 5),
    ("execution_time_ms >= 0", 5), (f"run_id = '{run.info.run_id}'", 1), (f"metadata.`mlflow.sourceRun` = '{run.info.run_id}'" if THREE else f"request_metadata.`mlflow.sourceRun` = '{run.info.run_id}'", 1),
]:
    same(f"search_traces({text})", len(found(text)), count)
refused("search_traces(foo)", "INVALID_PARAMETER_VALUE", lambda: found("foo = 'x'"))
same("search_traces(order_by)", [t.info.timestamp_ms for t in found(order_by=["timestamp_ms DESC"])], sorted((t.info.timestamp_ms for t in found()), reverse=True))
first = found(max_results=2, order_by=["timestamp_ms ASC"])
answer("while pages are read")
flush()
pages, page = [t.info.request_id for t in first], first
while page.token:
    page = found(max_results=2, order_by=["timestamp_ms ASC"], page_token=page.token)
    pages += [t.info.request_id for t in page]
same("search_traces(pages)", (len(pages), len(set(pages))), (6, 6))

client.set_trace_tag(ident, "a.b", "1")
same("set_trace_tag", len(found("tags.`a.b` = '1'")), 1)
client.delete_trace_tag(ident, "a.b")
same("delete_trace_tag", len(found("tags.`a.b` = '1'")), 0)
refused("delete_trace_tag(again)", "RESOURCE_DOES_NOT_EXIST", lambda: client.delete_trace_tag(ident, "a.b"))

if VERSION >= (3, 4):
    @mlflow.trace
    def session():
        mlflow.update_current_trace(tags={"t": "1"}, metadata={"mlflow.trace.session": "s 1", "mlflow.trace.user": "ann"}, client_request_id="cr 1")
        return 1

    session()
    flush()
    same("update_current_trace", [(t.info.client_request_id, t.info.tags["t"]) for t in found("metadata.`mlflow.trace.session` = 's 1'")], [("cr 1", "1")])
    same("search_traces(client_request_id)", len(found("client_request_id = 'cr 1'")), 1)
    for text, count in [("span.name = 'inner'", 5), ("span.type = 'LLM' AND status = 'OK'", 5), ("span.name = 'inner' AND span.type = 'CHAIN'", 0), ("span.attributes.temperature LIKE '%0.5%'", 5), ("trace.text LIKE '%q1%'", 1), ("span.content ILIKE '%TEMPERATURE%'", 5)]:
        same(f"search_traces({text})", len(found(text)), count)
    good = mlflow.log_feedback(trace_id=ident, name="good", value=True, rationale="since", source=mlflow.entities.AssessmentSource(source_type="HUMAN", source_id="me"), metadata={"a": "b"})
    want = mlflow.log_expectation(trace_id=ident, name="want", value={"a": [1]})
    same("log_feedback, log_expectation", sorted((a.name, a.value) for a in mlflow.get_trace(ident).info.assessments), [("good", True), ("want", {"a": [1]})])
    same("get_assessment", (mlflow.get_assessment(ident, good.assessment_id).rationale, mlflow.get_assessment(ident, good.assessment_id).metadata["a"]), ("since", "b"))
    mlflow.override_feedback(trace_id=ident, assessment_id=good.assessment_id, value=False)
    same("override_feedback", sorted((a.value, a.valid) for a in mlflow.get_trace(ident).info.assessments if a.name == "good"), [(False, True), (True, False)])
    mlflow.update_assessment(ident, want.assessment_id, mlflow.entities.Expectation(name="want", value="changed"))
    same("update_assessment", mlflow.get_assessment(ident, want.assessment_id).value, "changed")
    same("search_traces(feedback)", (len(found("feedback.good = 'false'")), len(found("expectation.want = 'changed'")), len(found("feedback.nobody = 'x'"))), (1, 1, 0))
    mlflow.delete_assessment(ident, want.assessment_id)
    refused("get_assessment(deleted)", "RESOURCE_DOES_NOT_EXIST", lambda: mlflow.get_assessment(ident, want.assessment_id))
    client.link_traces_to_run([ident], run.info.run_id)
    same("link_traces_to_run", len(found(f"run_id = '{run.info.run_id}'")), 2)
    counted = requests.post(f"{URL}/api/3.0/mlflow/traces/metrics", json={"experiment_ids": [experiment], "view_type": "SPANS", "metric_name": "span_count", "aggregations": [{"aggregation_type": "COUNT"}], "dimensions": ["span_type"]}).json()["data_points"]
    same("traces/metrics", {p["dimensions"]["span_type"]: p["values"]["COUNT"] for p in counted}["LLM"], 5)

same("delete_traces(by id)", client.delete_traces(experiment, **{"trace_ids" if THREE else "request_ids": [ident]}), 1)
same("delete_traces(by time)", client.delete_traces(experiment, max_timestamp_millis=5_000_000_000_000, max_traces=2), 2)
same("search_traces(after it)", len(found()), 4 if VERSION >= (3, 4) else 3)
done()
