using MlOps.Api.Http;
using MlOps.Domain.Experiments;
using MlOps.Domain.Experiments.Search;

namespace MlOps.Api.Protocols.Mlflow;

/// <summary>What <c>/mlflow/experiments/search</c> and <c>/mlflow/runs/search</c> answer.</summary>
internal sealed class SearchCalls(ExperimentTracker tracker)
{
    private const int Default = 1_000;
    private const int Most = 50_000;

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
        await MlflowCall.AnswerAsync(call, page, static (json, found) =>
        {
            if (found.Experiments.Count > 0)
            {
                json.WriteStartArray("experiments"u8);
                foreach (Experiment experiment in found.Experiments)
                    MlflowJson.Experiment(json, experiment);
                json.WriteEndArray();
            }

            if (found.Continuation is not null)
                json.WriteString("next_page_token"u8, found.Continuation);
        });
    }

    public async Task RunsAsync(ApiCall call, MlflowFields fields)
    {
        RunPage page = await tracker.Search.SearchAsync(
            new RunQuery(fields.Texts("experiment_ids"))
            {
                Filter = fields.Text("filter"),
                OrderBy = fields.Texts("order_by"),
                View = View(fields, "run_view_type"),
                Limit = Limit(fields),
                Continuation = fields.Text("page_token"),
            },
            call.Aborted);
        await MlflowCall.AnswerAsync(call, page, static (json, found) =>
        {
            if (found.Runs.Count > 0)
            {
                json.WriteStartArray("runs"u8);
                foreach (Run run in found.Runs)
                    MlflowJson.Run(json, run);
                json.WriteEndArray();
            }

            if (found.Continuation is not null)
                json.WriteString("next_page_token"u8, found.Continuation);
        });
    }

    private static int Limit(MlflowFields fields) => fields.Integer("max_results", 1, Most) ?? Default;

    private static LifecycleView View(MlflowFields fields, string name) => (LifecycleView)(fields.Choice(name, Views) ?? (int)LifecycleView.Active);
}
