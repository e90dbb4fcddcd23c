namespace MlOps.Domain.Experiments.Search;

/// <summary>What runs of one experiment are searched by: MLflow's names, with all that they are called besides.</summary>
internal sealed class RunFields(KeyPool pool, Experiment experiment) : ISearchFields<PackedRun>
{
    private const string Entities = "metrics, params, tags, attributes or datasets";
    private const string Attributes = "start_time, end_time, run_id, run_name, status, artifact_uri or user_id";

    private static readonly string[] Statuses = ["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"];

    public SearchField<PackedRun>? Find(string? entity, string key, out string why)
    {
        why = "";
        switch (entity)
        {
            case "metric" or "metrics":
                int metric = pool.Find(key);
                return SearchField<PackedRun>.OfNumber(run => run.Metrics.TryGet(metric, out double value) ? value : null, optional: true);
            case "param" or "params" or "parameter" or "parameters":
                return Text(pool.Find(key), run => run.Params);
            case "tag" or "tags":
                return Text(pool.Find(key), run => run.Tags);
            case "dataset" or "datasets":
                why = $"a data set has no '{key}': name, digest or context";
                return Dataset(key);
            case null or "attribute" or "attributes" or "attr" or "run":
                why = $"a run has no attribute '{key}': {Attributes}{(entity is null ? $"; other fields begin with {Entities} and a dot" : "")}";
                return Attribute(key);
            default:
                why = $"'{entity}' is nothing that a run has: {Entities}";
                return null;
        }
    }

    private static SearchField<PackedRun> Text(int key, Func<PackedRun, PackedValues<string>> values) =>
        SearchField<PackedRun>.OfText(run => values(run).TryGet(key, out string value) ? value : null, optional: true);

    private SearchField<PackedRun>? Attribute(string key) => key switch
    {
        "start_time" or "created" or "Created" => SearchField<PackedRun>.OfNumber(run => run.Start),
        "end_time" => SearchField<PackedRun>.OfNumber(run => run.End),
        "run_id" => SearchField<PackedRun>.OfText(run => run.Id),
        "run_name" or "run name" or "Run name" or "Run Name" => SearchField<PackedRun>.OfText(run => run.Name),
        "status" => SearchField<PackedRun>.OfText(run => Statuses[(int)run.Status]),
        "user_id" => SearchField<PackedRun>.OfText(run => run.User),
        "artifact_uri" => SearchField<PackedRun>.OfText(run => ArtifactUris.OfRun(experiment, run.Id)),
        _ => null,
    };

    private static SearchField<PackedRun>? Dataset(string key) => key switch
    {
        "name" => SearchField<PackedRun>.OfTexts(run => run.Datasets.Select(d => d.Name)),
        "digest" => SearchField<PackedRun>.OfTexts(run => run.Datasets.Select(d => d.Digest)),
        "context" => SearchField<PackedRun>.OfTexts(run => run.Datasets.Where(d => d.Context is not null).Select(d => d.Context!)),
        _ => null,
    };
}
