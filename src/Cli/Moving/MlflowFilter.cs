namespace MlOps.Cli.Moving;

/// <summary>Texts in MLflow's filters.</summary>
internal static class MlflowFilter
{
    /// <summary>
    /// The text in the quotes that it does not hold: MLflow reads a doubled one as two. Null where there is no such, or where a backslash
    /// before a quote might be read as one with it (mlflow/utils/search_utils.py leaves both to sqlparse).
    /// </summary>
    public static string? Quoted(string text) => text.Contains('\\', StringComparison.Ordinal) ? null
        : !text.Contains('\'', StringComparison.Ordinal) ? $"'{text}'"
        : !text.Contains('"', StringComparison.Ordinal) ? $"\"{text}\""
        : null;

    /// <summary>Things that have a tag with this value.</summary>
    /// <exception cref="MlOpsException">Invalid <c>mlflow-filter</c>: no filter can say so.</exception>
    public static string HasTag(string key, string value) => Quoted(value) is { } quoted ? $"tags.`{key}` = {quoted}"
        : throw MlOpsException.Invalid("mlflow-filter", $"no filter of MLflow's can ask for the id '{value}', which has both kinds of quotes or a backslash");
}
