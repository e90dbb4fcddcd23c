using MlOps.Api.Http;
using MlOps.Domain.Experiments;
using MlOps.Domain.Experiments.Search;

namespace MlOps.Api.Protocols.Mlflow;

/// <summary>What <c>/mlflow/experiments/search</c> and <c>/mlflow/runs/search</c> answer.</summary>
internal sealed class SearchCalls(ExperimentTracker tracker)
{
    private const int Default = 1_000;
    private const int Most = 50_000;
    private const int DatasetExperiments = 20;

    private static readonly Dictionary<string, int> Views = new(StringComparer.Ordinal) { ["ACTIVE_ONLY"] = 1, ["DELETED_ONLY"] = 2, ["ALL"] = 3 };

    public async Task ExperimentsAsync(ApiCall call, MlflowFields fields)
    {
        ExperimentPage page = await tracker.Catalog.SearchAsync(
            new ExperimentQuery
            {
                Filter = fields.Text("filter"),
                OrderBy = fields.Texts("order_by"),
                View = View(fields, "view_type"),
                Limit = Limit(fields),
                Continuation = fields.Text("page_token"),
            },
            call.Aborted);
        await MlflowCall.PageAsync(call, "experiments", page.Experiments, MlflowJson.Experiment, page.Continuation);
    }

    public async Task RunsAsync(ApiCall call, MlflowFields fields)
    {
        RunPage page = await tracker.Search.SearchAsync(QueryOf(fields), call.Aborted);
        await MlflowCall.PageAsync(call, "runs", page.Runs, MlflowJson.Run, page.Continuation, fields.Flag("count") == true ? page.Total : null);
    }

    public async Task DatasetsAsync(ApiCall call, MlflowFields fields) =>
        await MlflowCall.PageAsync(call, "dataset_summaries", await DatasetsAsync(tracker, fields, call.Aborted), MlflowJson.Dataset, null);

    public static async Task<IReadOnlyList<DatasetSummary>> DatasetsAsync(ExperimentTracker tracker, MlflowFields fields, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> experiments = MlflowLimits.Texts(fields, "experiment_ids", DatasetExperiments);
        if (experiments.Count == 0)
            throw fields.Invalid("experiment_ids", "is empty, expected at least one");
        return [.. (await tracker.Search.DatasetsAsync(experiments, cancellationToken)).Take(Default)];
    }

    public static RunQuery QueryOf(MlflowFields fields) => new(fields.Texts("experiment_ids"))
    {
        Filter = fields.Text("filter"),
        OrderBy = fields.Texts("order_by"),
        View = View(fields, "run_view_type"),
        Limit = Limit(fields),
        Columns = RunColumns.Parse(fields.Texts("columns")),
        Continuation = fields.Text("page_token"),
    };

    private static int Limit(MlflowFields fields) => fields.Integer("max_results", 1, Most) ?? Default;

    private static LifecycleView View(MlflowFields fields, string name) => (LifecycleView)(fields.Choice(name, Views) ?? (int)LifecycleView.Active);
}
