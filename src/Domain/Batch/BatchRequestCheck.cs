using MlOps.Domain.Datasets;
using MlOps.Domain.Registry;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Batch;

/// <summary>Finds everything that would keep a batch from its end before it begins.</summary>
internal static class BatchRequestCheck
{
    public const int MostPartitionRows = 1_000_000;
    public const int MostParallel = 64;
    private const int MostRetries = 10;
    private const int MostKeepDays = 3_650;
    private const int MostKeys = 1_000;

    /// <summary>Each is a step of its own and some 300 bytes of the manifest.</summary>
    private const int MostParts = 10_000;

    /// <exception cref="MlOpsException">Invalid <c>batch-request</c>, <c>dataset-name</c>.</exception>
    public static void Check(BatchRequest request)
    {
        var problems = new List<string>();
        InRange(problems, "partitionRows", request.PartitionRows, 1, MostPartitionRows);
        InRange(problems, "parallel", request.Parallel, 1, MostParallel);
        InRange(problems, "retries", request.Retries, 0, MostRetries);
        InRange(problems, "keepDays", request.KeepDays, 1, MostKeepDays);
        InRange(problems, "the number of keys", request.Keys.Count, 0, MostKeys);
        if (request.Keys.Count > 0 && request.Columns != BatchColumns.Keys)
            problems.Add("keys are named, but columns is not 'keys'");
        if (request.Keys.Any(string.IsNullOrEmpty))
            problems.Add("a key is null or empty; name columns");
        if (request.Keys.Count != request.Keys.Distinct(StringComparer.Ordinal).Count())
            problems.Add("a key is named twice");
        if (request.SaveAs is { } target)
            CheckTarget(problems, target, request);
        Throw("batch-request", "the batch cannot be made like this", problems);
    }

    /// <summary>That the model can read the data set, and that its predictions have names of their own.</summary>
    /// <returns>The data set's columns that stand before the predictions.</returns>
    /// <exception cref="MlOpsException">Invalid <c>batch-data-unfit</c>, with every problem.</exception>
    public static IReadOnlyList<string> Fit(BatchRequest request, ModelVersion version, DatasetVersion data)
    {
        var problems = new List<string>();
        string[] names = [.. data.Schema.Columns.Select(c => c.Name)];
        string[] unread = [.. names.Where(n => !version.Signature.Inputs.Any(i => i.Name == n))];
        foreach (FeatureSignature input in version.Signature.Inputs)
            CheckInput(problems, input, data.Schema.Find(input.Name), unread);
        foreach (string key in request.Keys.Where(k => data.Schema.Find(k) is null))
            problems.Add($"there is no column '{key}' to keep{NameSuggestion.Hint(key, names)}");
        CheckParts(problems, request, data);
        IReadOnlyList<string> kept = Kept(request, version.Signature, names, unread);
        foreach (string clash in kept.Intersect(PredictionColumns.Names(version.Signature), StringComparer.Ordinal))
            problems.Add($"column '{clash}' would stand there twice, as the data set's and as the prediction's; choose other columns, or none");
        Throw("batch-data-unfit", $"{version.Name} cannot score {data.Ref}", problems);
        return kept;
    }

    private static string[] Kept(BatchRequest request, ModelSignature signature, string[] names, string[] unread) => request.Columns switch
    {
        BatchColumns.All => names,
        BatchColumns.None => [],
        _ when request.Keys.Count > 0 => [.. request.Keys],
        _ => [.. unread.Where(n => n != signature.Target)],
    };

    private static void CheckParts(List<string> problems, BatchRequest request, DatasetVersion data)
    {
        long parts = (data.Rows + request.PartitionRows - 1) / request.PartitionRows;
        if (parts > MostParts)
            problems.Add($"partitionRows {request.PartitionRows:N0} makes {parts:N0} parts of {data.Rows:N0} rows, allowed are {MostParts:N0}; take partitionRows {(data.Rows + MostParts - 1) / MostParts:N0} or more");
    }

    private static void CheckInput(List<string> problems, FeatureSignature input, ColumnSchema? column, string[] unread)
    {
        if (column is null && NameSuggestion.Closest(input.Name, unread) is { } misspelt)
            problems.Add($"feature '{input.Name}' is missing, and no feature is called '{misspelt}'; is it meant?");
        else if (column is null && !input.Optional)
            problems.Add($"feature '{input.Name}' ({Word(input.Type)}) is missing");
        else if (column is not null && !CanRead(input.Type, column.Type))
            problems.Add($"feature '{input.Name}' is {Word(column.Type)} in the data set, expected {Word(input.Type)}");
    }

    /// <summary>As requests are read: texts may turn out to be numbers, times or truth values, and anything has a text.</summary>
    private static bool CanRead(ColumnType wanted, ColumnType given) => wanted == given || (wanted, given) switch
    {
        (ColumnType.Category or ColumnType.Text, _) => true,
        (_, ColumnType.Category or ColumnType.Text) => true,
        (ColumnType.Boolean, ColumnType.Number) => true,
        _ => false,
    };

    private static void CheckTarget(List<string> problems, string target, BatchRequest request)
    {
        var reference = DatasetRef.Parse(target);
        if (reference.Version is not null)
            problems.Add($"saveAs '{target}' names a version; the output becomes the next one of '{reference.Name}'");
        if (reference.Name == DatasetRef.Parse(request.Dataset).Name)
            problems.Add($"saveAs '{target}' is the data set that is scored; give the predictions another name");
    }

    private static void InRange(List<string> problems, string what, int value, int least, int most)
    {
        if (value < least || value > most)
            problems.Add($"{what} is {value:N0}, allowed are {least:N0} to {most:N0}");
    }

    private static void Throw(string code, string what, List<string> problems)
    {
        if (problems.Count > 0)
            throw MlOpsException.Invalid(code, $"{what}: {string.Join("; ", problems)}");
    }

    private static string Word(ColumnType type) => type.ToString().ToLowerInvariant();
}
