using System.Text.Json;
using MlOps.Domain.EvaluationDatasets;
using MlOps.Domain.Storage;
using MlOps.Domain.Tests.Experiments;

namespace MlOps.Domain.Tests.EvaluationDatasets;

/// <summary>Evaluation data sets on real stores, and short ways to say what a test merges.</summary>
public abstract class EvaluationDatasetTest : TrackerTest
{
    protected EvaluationDatasetTest() => Datasets = Over(Stores.Tables);

    private protected Domain.EvaluationDatasets.EvaluationDatasets Datasets { get; }

    private protected Domain.EvaluationDatasets.EvaluationDatasets Over(IEntityTable tables) => new(tables, Tracker.Catalog, Stores.Time);

    protected Task<EvaluationDataset> CreateAsync(string id = "d-1", string name = "qa", params string[] experiments) =>
        Datasets.CreateAsync(new EvaluationDatasetStart(id, name) { ExperimentIds = experiments }, None);

    protected static RecordEdit Edit(string inputs, string? expectations = null) =>
        new(Json(inputs)) { Expectations = expectations is null ? null : Json(expectations) };

    protected static RecordEdit[] Numbered(int count, int from = 0) => [.. Enumerable.Range(from, count).Select(i => Edit($$"""{"n":{{i}}}"""))];

    protected static JsonElement Json(string text) => JsonSerializer.Deserialize<JsonElement>(text);

    protected async Task<IReadOnlyList<EvaluationRecord>> AllAsync(string id = "d-1", int page = 1_000)
    {
        var all = new List<EvaluationRecord>();
        string? next = null;
        do
        {
            RecordPage found = await Datasets.RecordsAsync(id, page, next, None);
            all.AddRange(found.Records);
            next = found.Continuation;
        }
        while (next is not null);
        return all;
    }

    protected static int NumberOf(EvaluationRecord record) => record.Inputs.GetProperty("n").GetInt32();
}
