using System.Text.Json;
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
        await PageAsync(call, "experiments", page.Experiments, MlflowJson.Experiment, page.Continuation);
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
        await PageAsync(call, "runs", page.Runs, MlflowJson.Run, page.Continuation);
    }

    /// <summary>A list that is empty and a token that is null are left out.</summary>
    private static Task PageAsync<T>(ApiCall call, string name, IReadOnlyList<T> items, Action<Utf8JsonWriter, T> write, string? continuation) =>
        MlflowCall.AnswerAsync(call, (name, items, write, continuation), static (json, page) =>
        {
            if (page.items.Count > 0)
            {
                json.WriteStartArray(page.name);
                foreach (T item in page.items)
                    page.write(json, item);
                json.WriteEndArray();
            }

            if (page.continuation is not null)
                json.WriteString("next_page_token"u8, page.continuation);
        });

    private static int Limit(MlflowFields fields) => fields.Integer("max_results", 1, Most) ?? Default;

    private static LifecycleView View(MlflowFields fields, string name) => (LifecycleView)(fields.Choice(name, Views) ?? (int)LifecycleView.Active);
}
