using MlOps.Domain.Experiments.Search;

namespace MlOps.Domain.Registry.Search;

/// <summary>Finds registered models and versions by what is said of them, in any order, page by page.</summary>
public sealed class RegistrySearch
{
    private static readonly string[] VersionOrder = ["last_updated_timestamp DESC", "name ASC", "version_number DESC"];

    private readonly RegistryTable _table;

    internal RegistrySearch(RegistryTable table) => _table = table;

    /// <exception cref="MlOpsException">Invalid <c>filter-invalid</c>, <c>page-token</c>.</exception>
    public async Task<RegistryPage<RegisteredModel>> ModelsAsync(RegistryQuery query, CancellationToken cancellationToken)
    {
        var fields = new ModelFields();
        var search = new ListSearch<RegisteredModel>(query.Filter, query.OrderBy, query.Continuation, fields, m => (m.Name, 0));
        Func<RegisteredModel, bool> prompts = m => fields.AsksForPrompts || !Prompts.Is(m.Tags);
        List<RegisteredModel> models = await Named(query.Filter, cancellationToken).Select(m => m.Header.ToModel()).Where(prompts).ToListAsync(cancellationToken);
        (IReadOnlyList<RegisteredModel> items, string? next) = search.Page(models, query.Limit);
        return new(items, next);
    }

    /// <exception cref="MlOpsException">Invalid <c>filter-invalid</c>, <c>page-token</c>.</exception>
    public async Task<RegistryPage<ModelVersion>> VersionsAsync(RegistryQuery query, CancellationToken cancellationToken)
    {
        var fields = new VersionFields();
        var search = new ListSearch<ModelVersion>(query.Filter, query.OrderBy.Count == 0 ? VersionOrder : query.OrderBy, query.Continuation, fields, v => (v.Model, v.Version));
        var found = new List<ModelVersion>();
        await foreach ((FoundModel model, ModelVersion version) in Candidates(query.Filter, m => fields.AsksForPrompts || !Prompts.Is(m.Header.Tags), cancellationToken))
        {
            if (search.Matches(version) && (fields.AsksForPrompts || (!Prompts.Is(version.Tags) && !Prompts.Is(model.Header.Tags))))
                found.Add(version);
        }

        (IReadOnlyList<ModelVersion> items, string? next) = search.Page(found, query.Limit);
        return new(items, next);
    }

    /// <summary>Of a filter that allows one run only, as a run's page asks, no other versions are read.</summary>
    private async IAsyncEnumerable<(FoundModel Model, ModelVersion Version)> Candidates(
        string? filter, Func<FoundModel, bool> wanted, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (FilterText.Only(filter, "run_id") is { Length: > 0 } run && FilterText.Only(filter, "name") is null)
        {
            await foreach ((FoundModel Model, ModelVersion Version) of in _table.ListVersionsOfRunAsync(run, cancellationToken))
                yield return of;
            yield break;
        }

        await foreach (FoundModel model in Named(filter, cancellationToken).Where(wanted))
        {
            await foreach (ModelVersion version in _table.ListVersionsAsync(model, cancellationToken))
                yield return (model, version);
        }
    }

    /// <summary>Of a filter that allows one name only, as most are over versions, no other model is read.</summary>
    private IAsyncEnumerable<FoundModel> Named(string? filter, CancellationToken cancellationToken) => FilterText.Only(filter, "name") is { } name
        ? One(name, cancellationToken)
        : _table.ListAsync(cancellationToken);

    private async IAsyncEnumerable<FoundModel> One(string name, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (await _table.FindAsync(name, cancellationToken) is { } model)
            yield return model;
    }
}

/// <summary>MLflow keeps prompts as registered models with a tag that says so, and shows them only to who asks for them.</summary>
public static class Prompts
{
    public const string Tag = "mlflow.prompt.is_prompt";

    public static bool Is(IReadOnlyDictionary<string, string> tags) => string.Equals(tags.GetValueOrDefault(Tag), "true", StringComparison.OrdinalIgnoreCase);
}
