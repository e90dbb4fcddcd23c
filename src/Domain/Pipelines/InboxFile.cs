namespace MlOps.Domain.Pipelines;

/// <summary>Which files can become a version of a data set.</summary>
public static class InboxFile
{
    private static readonly string[] Endings = [".csv", ".tsv", ".jsonl", ".ndjson"];

    /// <summary>Why the file cannot, as far as name and size tell; null when they tell nothing.</summary>
    public static string? Problem(string name, long bytes, long maxBytes)
    {
        string ending = Path.GetExtension(name);
        if (!Endings.Contains(ending.ToLowerInvariant()))
            return $"the ending '{ending}' is not one of {string.Join(", ", Endings)}";
        if (bytes == 0)
            return "it is empty, or no plain file";
        return bytes > maxBytes ? $"it has {bytes:N0} bytes, at most {maxBytes:N0} are taken" : null;
    }

    /// <summary>Whether the error would come again however often the file is read.</summary>
    public static bool IsFinal(MlOpsException error) => error.Kind is ErrorKind.Invalid or ErrorKind.TooLarge || error.Code == "dataset-read-otherwise";
}
