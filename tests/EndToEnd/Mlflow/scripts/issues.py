"""Issues: create, get, update, search, pages, and traces that point to them."""
from checking import *

needs((3, 11), "issues")
from mlflow.entities import AssessmentSource
from mlflow.entities.issue import IssueSeverity, IssueStatus
from mlflow.tracking._tracking_service.utils import _get_store

store = _get_store()
ident = client.create_experiment("troubled")
run = client.create_run(ident).info.run_id
low = store.create_issue(ident, "slow", "takes long", severity=IssueSeverity.LOW)
high = store.create_issue(ident, "wrong ü", "answers something else", severity=IssueSeverity.HIGH, root_causes=["the prompt", "ü"], source_run_id=run, categories=["quality"], created_by="me")
plain = store.create_issue(ident, "plain", "no severity", status=IssueStatus.RESOLVED)
same("create_issue", (low.status, low.severity, low.root_causes, low.source_run_id, low.trace_count), (IssueStatus.PENDING, IssueSeverity.LOW, None, None, None))
same("get_issue", store.get_issue(high.issue_id).to_dictionary(), high.to_dictionary())
same("create_issue(all)", (high.root_causes, high.source_run_id, high.categories, high.created_by, high.experiment_id), (["the prompt", "ü"], run, ["quality"], "me", ident))
refused("get_issue(unknown)", "RESOURCE_DOES_NOT_EXIST", lambda: store.get_issue("iss-nope"))
refused("create_issue(unknown experiment)", "RESOURCE_DOES_NOT_EXIST", lambda: store.create_issue("987654321", "x", "y"))
changed = store.update_issue(low.issue_id, status=IssueStatus.REJECTED, name="slower", severity=IssueSeverity.MEDIUM)
same("update_issue", (changed.name, changed.description, changed.status, changed.severity, changed.created_timestamp), ("slower", "takes long", IssueStatus.REJECTED, IssueSeverity.MEDIUM, low.created_timestamp))
refused("update_issue(unknown)", "RESOURCE_DOES_NOT_EXIST", lambda: store.update_issue("iss-nope", name="x"))


def found(**query):
    return [i.name for i in store.search_issues(experiment_id=ident, **query)]


same("search_issues", found(), ["wrong ü", "slower", "plain"])
same("search_issues(status)", found(filter_string="status = 'resolved'"), ["plain"])
same("search_issues(source_run_id)", found(filter_string=f"source_run_id = '{run}' AND status != 'rejected'"), ["wrong ü"])
refused("search_issues(unknown field)", "INVALID_PARAMETER_VALUE", lambda: found(filter_string="nope = 'x'"))
page = store.search_issues(experiment_id=ident, max_results=2)
rest = store.search_issues(experiment_id=ident, max_results=2, page_token=page.token)
same("search_issues(pages)", ([i.name for i in page], [i.name for i in rest], rest.token), (["wrong ü", "slower"], ["plain"], None))
same("search_issues(all experiments)", len(store.search_issues()) >= 3, True)

mlflow.set_experiment(experiment_id=ident)


@mlflow.trace
def answer():
    return 1


ids = []
for _ in range(2):
    answer()
    mlflow.flush_trace_async_logging()
    ids.append(mlflow.get_last_active_trace_id())
link = mlflow.log_issue(trace_id=ids[0], issue_id=plain.issue_id, source=AssessmentSource(source_type="LLM_JUDGE", source_id="me"), run_id=run, rationale="see")
mlflow.log_issue(trace_id=ids[0], issue_id=plain.issue_id)
mlflow.log_issue(trace_id=ids[1], issue_id=plain.issue_id)
mlflow.log_issue(trace_id=ids[1], issue_id=changed.issue_id)
same("log_issue", (link.issue_id, link.issue_name, link.rationale), (plain.issue_id, "plain", "see"))
read = [a for a in client.get_trace(ids[0]).info.assessments if a.issue is not None]
same("get_trace(its issues)", [(type(a).__name__, a.issue_id, a.issue_name) for a in read], [("IssueReference", plain.issue_id, "plain")] * 2)
same("search_traces(issue.id)", [t.info.trace_id for t in client.search_traces(locations=[ident], filter_string=f"issue.id = '{changed.issue_id}'")], [ids[1]])
same("search_issues(trace_count)", [(i.name, i.trace_count) for i in store.search_issues(experiment_id=ident, include_trace_count=True)], [("wrong ü", 0), ("slower", 1), ("plain", 2)])
mlflow.delete_assessment(ids[1], [a for a in client.get_trace(ids[1]).info.assessments if a.issue_name == "plain"][0].assessment_id)
same("delete_assessment(of an issue)", [i.trace_count for i in store.search_issues(experiment_id=ident, include_trace_count=True)], [0, 1, 1])
done()
