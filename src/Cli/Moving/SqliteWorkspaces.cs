namespace MlOps.Cli.Moving;

/// <summary>
/// Workspaces, which servers of MLflow 3.11 may have: names of experiments and registered models are of one workspace. There are none here, so
/// that what is in others than the default one could not be told from it.
/// </summary>
internal static class SqliteWorkspaces
{
    public const string Default = "default";

    private const string Column = "workspace";
    private static readonly string[] Tables = ["experiments", "registered_models"];

    /// <summary>A condition on rows of the table; true of all in a file without workspaces.</summary>
    public static string IsDefault(MlflowDatabase database, string table) => database.Has(table, Column) ? $"COALESCE({table}.{Column}, '{Default}') = '{Default}'" : "1 = 1";

    /// <summary>Names of the others that have anything.</summary>
    public static IReadOnlyList<string> Others(MlflowDatabase database) =>
    [
        .. Tables.Where(t => database.Has(t, Column))
            .SelectMany(t => database.Query($"SELECT DISTINCT {Column} FROM {t} WHERE NOT {IsDefault(database, t)}", r => r.GetString(0)))
            .Distinct().Order(StringComparer.Ordinal),
    ];
}
