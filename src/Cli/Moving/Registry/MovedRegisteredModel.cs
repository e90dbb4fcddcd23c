using System.Globalization;

namespace MlOps.Cli.Moving.Registry;

/// <summary>A registered model without its versions.</summary>
/// <param name="CreatedAt">Unix milliseconds.</param>
/// <param name="Aliases">Alias and number.</param>
internal sealed record MovedRegisteredModel(
    string Name, long CreatedAt, string? Description, IReadOnlyList<KeyValuePair<string, string>> Tags, IReadOnlyList<KeyValuePair<string, int>> Aliases)
{
    /// <summary>Of prompts, which searches leave out unless it is named.</summary>
    public const string PromptTag = "mlflow.prompt.is_prompt";

    /// <summary>Which model it is, however it is read.</summary>
    public string Identity => string.Create(CultureInfo.InvariantCulture, $"{Name}@{CreatedAt}");

    public bool IsPrompt => string.Equals(Tag(PromptTag), "true", StringComparison.OrdinalIgnoreCase);

    /// <summary>What a copy of it gets.</summary>
    public IEnumerable<KeyValuePair<string, string>> ForeignTags => Tags.Where(t => !MoveTags.IsOwn(t.Key));

    public string? Tag(string name) => Tags.FirstOrDefault(t => t.Key == name).Value;

    /// <summary>Of description and tags; aliases are followed one by one.</summary>
    public string Fingerprint() => Fingerprints.Of(new { Description = Description ?? "", Tags = ForeignTags.OrderBy(t => t.Key, StringComparer.Ordinal) });
}

/// <summary>A version of a registered model.</summary>
/// <param name="CreatedAt">Unix milliseconds.</param>
/// <param name="Stage">As MLflow's API names it: <c>None</c>, <c>Staging</c>, <c>Production</c>, <c>Archived</c>.</param>
/// <param name="Source">Where its registrar said that its files are.</param>
/// <param name="ModelId">The logged model that it is; null when none is told.</param>
internal sealed record MovedVersion(
    string Model,
    int Number,
    long CreatedAt,
    string? Description,
    string Stage,
    string Source,
    string? RunId,
    string? RunLink,
    string? ModelId,
    IReadOnlyList<KeyValuePair<string, string>> Tags)
{
    public const string NoStage = "None";

    /// <summary>Why it could not be read; it has a number then and nothing else.</summary>
    public string? Unreadable { get; private init; }

    public IEnumerable<KeyValuePair<string, string>> ForeignTags => Tags.Where(t => !MoveTags.IsOwn(t.Key));

    public static MovedVersion Strange(string model, int number, Exception e) =>
        new(model, number, 0, null, NoStage, "", null, null, null, []) { Unreadable = $"a value of the version cannot be read: {e.Message}" };

    public string? Tag(string name) => Tags.FirstOrDefault(t => t.Key == name).Value;

    /// <summary>Changes with what people say of it; what it is does not change.</summary>
    public string Fingerprint() => Fingerprints.Of(new { Description = Description ?? "", Stage, Tags = ForeignTags.OrderBy(t => t.Key, StringComparer.Ordinal) });
}
