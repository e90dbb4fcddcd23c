namespace MlOps.Domain.Experiments.Search;

/// <summary>What a search answers of a run besides its attributes.</summary>
internal enum RunColumn
{
    Metrics,
    Params,
    Tags,
    Inputs,
    Outputs,
}

/// <summary>
/// Which columns a search answers: a kind as a whole (<c>params</c>) or single keys (<c>metrics.auc</c>, <c>tags.`team name`</c>). The
/// attributes of a run (id, name, status, times and so on) are always there.
/// </summary>
public sealed class RunColumns
{
    private const int Most = 10_000;

    /// <summary>The keys of each kind; an empty set is all of them.</summary>
    private readonly Dictionary<RunColumn, HashSet<string>>? _chosen;

    private RunColumns(Dictionary<RunColumn, HashSet<string>>? chosen) => _chosen = chosen;

    /// <summary>Everything that a run has.</summary>
    public static RunColumns All { get; } = new(null);

    /// <param name="texts">None is all columns.</param>
    /// <exception cref="MlOpsException">Invalid <c>filter-invalid</c>, saying where.</exception>
    public static RunColumns Parse(IReadOnlyList<string> texts)
    {
        if (texts.Count == 0)
            return All;
        if (texts.Count > Most)
            throw MlOpsException.Invalid(FilterError.Code, $"there are {texts.Count:N0} columns, at most {Most:N0} are allowed: name a kind such as metrics as a whole");
        var chosen = new Dictionary<RunColumn, HashSet<string>>();
        var whole = new HashSet<RunColumn>();
        foreach (string text in texts)
        {
            if (Read(text) is not ({ } kind, var key))
                continue;
            chosen.TryAdd(kind, new HashSet<string>(StringComparer.Ordinal));
            if (key is null)
                whole.Add(kind);
            else
                chosen[kind].Add(key);
        }

        foreach (RunColumn kind in whole)
            chosen[kind].Clear();
        return new RunColumns(chosen);
    }

    /// <summary>Whether anything of the kind is wanted.</summary>
    internal bool Has(RunColumn kind) => _chosen?.ContainsKey(kind) != false;

    internal bool Has(RunColumn kind, string key) => _chosen is null || (_chosen.TryGetValue(kind, out HashSet<string>? keys) && (keys.Count == 0 || keys.Contains(key)));

    /// <summary>No kind when it names what is always there.</summary>
    private static (RunColumn? Kind, string? Key) Read(string text)
    {
        IReadOnlyList<FilterToken> tokens = FilterLexer.Tokens(text);
        int at = 0;
        FieldName name = FieldName.Take(tokens, ref at) ?? throw FilterError.At(text, tokens[at].At, $"expected a column such as metrics.accuracy, found {tokens[at]}");
        if (tokens[at].Kind != FilterTokenKind.End)
            throw FilterError.At(text, tokens[at].At, $"expected the end of the column, found {tokens[at]}");
        (string kind, string? key) = name.Entity is null ? (name.Key, null) : (name.Entity, name.Key);
        return kind switch
        {
            "metric" or "metrics" => (RunColumn.Metrics, key),
            "param" or "params" or "parameter" or "parameters" => (RunColumn.Params, key),
            "tag" or "tags" => (RunColumn.Tags, key),
            "inputs" or "datasets" when key is null => (RunColumn.Inputs, null),
            "outputs" when key is null => (RunColumn.Outputs, null),
            "attribute" or "attributes" or "attr" or "run" => (null, null),
            _ => throw FilterError.At(text, 0, "no such column: metrics, params, tags, each also with a dot and a key, inputs, outputs or attributes"),
        };
    }
}
