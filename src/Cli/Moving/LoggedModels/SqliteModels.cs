using Microsoft.Data.Sqlite;

namespace MlOps.Cli.Moving.LoggedModels;

/// <summary>Logged models in MLflow's SQLite file.</summary>
internal sealed class SqliteModels(MlflowDatabase database)
{
    private const int PageSize = 200;

    private const string Columns =
        "model_id, experiment_id, name, artifact_location, creation_timestamp_ms, status, model_type, source_run_id";

    /// <summary>Those of an experiment that are not deleted, a page at a time.</summary>
    public IEnumerable<MovedModel> All(string experimentId)
    {
        string after = "";
        List<MovedModel> page;
        do
        {
            page = Query("experiment_id = $experiment AND model_id > $after ORDER BY model_id LIMIT $limit", ("$experiment", experimentId), ("$after", after), ("$limit", PageSize));
            foreach (MovedModel model in page)
                yield return model;
            after = page.LastOrDefault()?.Id ?? after;
        }
        while (page.Count == PageSize);
    }

    /// <summary>Null when there is none, or it is deleted.</summary>
    public MovedModel? Find(string id) => Query("model_id = $id", ("$id", id)).FirstOrDefault();

    private List<MovedModel> Query(string where, params (string Name, object Value)[] values)
    {
        if (!database.Has("logged_models"))
            return [];
        List<(string Id, Func<MovedModel> Read)> rows = [.. database.Query($"SELECT {Columns} FROM logged_models WHERE lifecycle_stage = 'active' AND {where}", Row, values)];
        return [.. rows.Select(r => Read(r.Id, r.Read))];
    }

    private static MovedModel Read(string id, Func<MovedModel> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (StrangeValues.AreIn(e))
        {
            return MovedModel.Strange(id, e);
        }
    }

    /// <summary>The columns are read now, what other tables have of it when it is its turn.</summary>
    private (string, Func<MovedModel>) Row(SqliteDataReader row)
    {
        string id = row.GetString(0);
        MovedModel model = Read(id, () => new MovedModel(
            id, row.TextOf(2) ?? id, row.TextOf(6) is { Length: > 0 } type ? type : null, Statuses.Of(row.WholeOf(5)), row.WholeOf(4) ?? 0, row.TextOf(7) is { Length: > 0 } run ? run : null, row.TextOf(3) ?? "", [], [], [])
        {
            ExperimentId = row.TextOf(1),
        });
        return (id, () => model.Unreadable is not null ? model : model with
        {
            Params = database.Pairs("logged_model_params", ("$id", id), "model_id = $id", "param_key", "param_value"),
            Tags = database.Pairs("logged_model_tags", ("$id", id), "model_id = $id", "tag_key", "tag_value"),
            Metrics = Metrics(id),
        });
    }

    private List<MovedModelMetric> Metrics(string id) => database.Has("logged_model_metrics")
        ? [.. database.Query(
            "SELECT run_id, metric_name, metric_value, metric_timestamp_ms, metric_step, dataset_name, dataset_digest FROM logged_model_metrics WHERE model_id = $id",
            r => new MovedModelMetric(
                r.GetString(0), new MovedPoint(r.GetString(1), r.IsDBNull(2) ? double.NaN : MovedPoint.FromMlflow(r.NumberOf(2)), r.WholeOf(3) ?? 0, r.WholeOf(4) ?? 0), r.TextOf(5), r.TextOf(6)),
            ("$id", id))]
        : [];
}
