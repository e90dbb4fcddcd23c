using Microsoft.Data.Sqlite;

namespace MlOps.Cli.Moving.Registry;

/// <summary>Registered models in MLflow's SQLite file. Deleted versions stay in it, under a stage of their own.</summary>
internal sealed class SqliteRegistry(MlflowDatabase database)
{
    private const string DeletedStage = "Deleted_Internal";

    public IEnumerable<MovedRegisteredModel> Models()
    {
        if (!database.Has("registered_models"))
            return [];
        var models = database.Query($"SELECT name, creation_time, description FROM registered_models WHERE {InDefault("registered_models")} ORDER BY name", r => new MovedRegisteredModel(r.GetString(0), r.WholeOf(1) ?? 0, r.TextOf(2), [], [])).ToList();
        return models.Select(m => m with { Tags = database.Pairs("registered_model_tags", ("$name", m.Name), $"name = $name AND {InDefault("registered_model_tags")}"), Aliases = Aliases(m.Name) });
    }

    /// <summary>In ascending order.</summary>
    public IReadOnlyList<MovedVersion> Versions(MovedRegisteredModel model)
    {
        if (!database.Has("model_versions"))
            return [];
        string sql = $"SELECT version, creation_time, description, current_stage, source, run_id, {database.Column("model_versions", "run_link")} FROM model_versions "
            + $"WHERE name = $name AND COALESCE(current_stage, '') <> $deleted AND {InDefault("model_versions")} ORDER BY version";
        var versions = database.Query(sql, r => Version(model.Name, r), ("$name", model.Name), ("$deleted", DeletedStage)).ToList();
        return [.. versions.Select(v => v.Unreadable is null ? v with { Tags = Tags(v) } : v)];
    }

    /// <summary>Where the files of a version are, when its source is another version or a logged model.</summary>
    public string? Location(MovedVersion version) => database.Query(
        $"SELECT {database.Column("model_versions", "storage_location")} FROM model_versions WHERE name = $name AND version = $version AND {InDefault("model_versions")}", r => r.TextOf(0),
        ("$name", version.Model), ("$version", version.Number)).FirstOrDefault();

    private IReadOnlyList<KeyValuePair<string, int>> Aliases(string model) => database.Has("registered_model_aliases")
        ? [.. database.Query($"SELECT alias, version FROM registered_model_aliases WHERE name = $name AND {InDefault("registered_model_aliases")}", r => KeyValuePair.Create(r.GetString(0), (int)(r.WholeOf(1) ?? 0)), ("$name", model))]
        : [];

    private IReadOnlyList<KeyValuePair<string, string>> Tags(MovedVersion version) => database.Has("model_version_tags")
        ? [.. database.Query(
            $"SELECT key, value FROM model_version_tags WHERE name = $name AND version = $version AND {InDefault("model_version_tags")}", r => KeyValuePair.Create(r.GetString(0), r.TextOf(1) ?? ""),
            ("$name", version.Model), ("$version", version.Number))]
        : [];

    private string InDefault(string table) => SqliteWorkspaces.IsDefault(database, table);

    private static MovedVersion Version(string model, SqliteDataReader row)
    {
        int number = (int)(row.WholeOf(0) ?? 0);
        try
        {
            string source = row.TextOf(4) ?? "";
            return new MovedVersion(
                model, number, row.WholeOf(1) ?? 0, row.TextOf(2), row.TextOf(3) is { Length: > 0 } stage ? stage : MovedVersion.NoStage, source,
                row.TextOf(5) is { Length: > 0 } run ? run : null, row.TextOf(6) is { Length: > 0 } link ? link : null, VersionSources.LoggedModelOf(source), []);
        }
        catch (Exception e) when (StrangeValues.AreIn(e))
        {
            return MovedVersion.Strange(model, number, e);
        }
    }
}
