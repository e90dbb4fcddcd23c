using System.Globalization;
using System.Text.Json;

namespace MlOps.Cli.Moving.Registry;

/// <summary>Reads registered models and versions as MLflow's API answers them.</summary>
internal static class RegistryAnswers
{
    private const string ModelsPage = "100";
    private const string VersionsPage = "1000";
    private const string OnlyPrompts = $"tags.`{MovedRegisteredModel.PromptTag}` = 'true'";

    /// <summary>All of them, prompts after the others; none of a server without registry.</summary>
    public static IAsyncEnumerable<MovedRegisteredModel> ModelsAsync(MlflowRest rest, CancellationToken cancellationToken) =>
        SearchAsync(rest, null, cancellationToken).Concat(SearchAsync(rest, OnlyPrompts, cancellationToken)).Distinct(ByName);

    /// <summary>Null when there is none.</summary>
    public static async Task<MovedRegisteredModel?> FindAsync(MlflowRest rest, string name, CancellationToken cancellationToken)
    {
        try
        {
            return Model((await rest.GetAsync("registered-models/get", [("name", name)], cancellationToken)).GetProperty("registered_model"));
        }
        catch (MlOpsException e) when (e.Kind == ErrorKind.NotFound)
        {
            return null;
        }
    }

    /// <summary>
    /// In ascending order. A name that no filter can say, or of which the filter finds none though the model has some, is looked for among the
    /// versions of all models.
    /// </summary>
    /// <exception cref="MlOpsException">Invalid <c>registered-model-versions</c>: the server has versions of it and lists none.</exception>
    public static async Task<IReadOnlyList<MovedVersion>> VersionsAsync(MlflowRest rest, MovedRegisteredModel model, CancellationToken cancellationToken)
    {
        List<MovedVersion> found = MlflowFilter.Quoted(model.Name) is { } name ? await VersionsAsync(rest, model, $"name = {name}", cancellationToken) : [];
        if (found.Count > 0 || !await HasVersionsAsync(rest, model.Name, cancellationToken))
            return found;
        found = await VersionsAsync(rest, model, null, cancellationToken);
        return found.Count > 0 ? found : throw MlOpsException.Invalid(
            "registered-model-versions", $"{rest.Name} has versions of '{model.Name}' and lists none of them: nothing of it is copied. A name without quotes would be found: rename it there");
    }

    private static async Task<List<MovedVersion>> VersionsAsync(MlflowRest rest, MovedRegisteredModel model, string? named, CancellationToken cancellationToken)
    {
        string filter = string.Join(" AND ", ((string?[])[named, model.IsPrompt ? OnlyPrompts : null]).OfType<string>());
        IAsyncEnumerable<JsonElement> pages = MlflowRest.PagesAsync("model_versions", token => rest.GetAsync(
            "model-versions/search", [("filter", filter.Length > 0 ? filter : null), ("max_results", VersionsPage), ("page_token", token)], cancellationToken));
        return await pages.Select(Version).Where(v => v.Model == model.Name).OrderBy(v => v.Number).ToListAsync(cancellationToken);
    }

    /// <summary>As the model itself tells: the latest of each stage.</summary>
    private static async Task<bool> HasVersionsAsync(MlflowRest rest, string model, CancellationToken cancellationToken) =>
        (await rest.GetAsync("registered-models/get", [("name", model)], cancellationToken)).Part("registered_model").Items("latest_versions").Any();

    /// <summary>Null when the server does not know it.</summary>
    public static async Task<string?> LocationAsync(MlflowRest rest, MovedVersion version, CancellationToken cancellationToken)
    {
        try
        {
            return (await rest.GetAsync("model-versions/get-download-uri", [("name", version.Model), ("version", Text(version.Number))], cancellationToken)).Text("artifact_uri");
        }
        catch (MlOpsException e) when (e.Kind is ErrorKind.NotFound or ErrorKind.Invalid)
        {
            return null;
        }
    }

    public static MovedVersion Version(JsonElement json) => new(
        json.Text("name") ?? "", (int)(json.Integer("version") ?? 0), json.Integer("creation_timestamp") ?? 0, json.Text("description"), json.Text("current_stage") ?? MovedVersion.NoStage,
        json.Text("source") ?? "", NullIfEmpty(json.Text("run_id")), NullIfEmpty(json.Text("run_link")), NullIfEmpty(json.Text("model_id")), json.Pairs("tags"));

    public static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static readonly IEqualityComparer<MovedRegisteredModel> ByName = EqualityComparer<MovedRegisteredModel>.Create((a, b) => a?.Name == b?.Name, m => m.Name.GetHashCode(StringComparison.Ordinal));

    private static IAsyncEnumerable<MovedRegisteredModel> SearchAsync(MlflowRest rest, string? filter, CancellationToken cancellationToken) => MlflowRest.PagesAsync("registered_models", async token =>
    {
        try
        {
            return await rest.GetAsync("registered-models/search", [("filter", filter), ("max_results", ModelsPage), ("page_token", token)], cancellationToken);
        }
        catch (MlOpsException e) when (e.Kind == ErrorKind.NotFound || (filter is not null && e.Kind == ErrorKind.Invalid))
        {
            // No registry; or one of old, which has no prompts and does not read the filter.
            return default;
        }
    }).Select(Model);

    private static MovedRegisteredModel Model(JsonElement json) => new(
        json.Text("name") ?? "", json.Integer("creation_timestamp") ?? 0, json.Text("description"), json.Pairs("tags"),
        [.. json.Items("aliases").Select(a => KeyValuePair.Create(a.Text("alias") ?? "", (int)(a.Integer("version") ?? 0)))]);

    private static string? NullIfEmpty(string? text) => text is { Length: > 0 } ? text : null;
}
