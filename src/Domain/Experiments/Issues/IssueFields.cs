using MlOps.Domain.Experiments.Search;

namespace MlOps.Domain.Experiments.Issues;

/// <summary>What issues are searched by.</summary>
internal sealed class IssueFields : ISearchFields<Issue>
{
    public static readonly IssueFields All = new();

    private const string Known = "status, source_run_id, severity, name, issue_id or created_by";

    public SearchField<Issue>? Find(string? entity, string key, out string why)
    {
        why = $"an issue has no '{(entity is null ? key : $"{entity}.{key}")}': {Known}";
        return entity is null or "attributes" or "attribute" ? Attribute(key) : null;
    }

    private static SearchField<Issue>? Attribute(string key) => key switch
    {
        "status" => SearchField<Issue>.OfText(i => IssueWords.Of(i.Status)),
        "source_run_id" => SearchField<Issue>.OfText(i => i.SourceRunId, optional: true),
        "severity" => SearchField<Issue>.OfText(i => i.Severity is { } severity ? IssueWords.Of(severity) : null, optional: true),
        "name" => SearchField<Issue>.OfText(i => i.Name),
        "issue_id" => SearchField<Issue>.OfText(i => i.Id),
        "created_by" => SearchField<Issue>.OfText(i => i.CreatedBy, optional: true),
        _ => null,
    };
}
