using System.Globalization;
using System.Text.Json.Nodes;
using MlOps.Domain.Registry.Search;
using MlOps.Domain.Webhooks;

namespace MlOps.Domain.Registry;

/// <summary>
/// What webhooks are told of a change: MLflow's events and payloads. Of what MLflow has no event for (stages, descriptions, names, tags of
/// models that are no prompts, deleted models) nothing is told. Prompts have events of their own, without the tags that make them prompts.
/// </summary>
internal static class RegistryNotices
{
    private const string TextTag = "mlflow.prompt.text";

    // MLflow's clients set it on every prompt; its server does not tell it.
    private const string TypeTag = "_mlflow_prompt_type";

    public static IReadOnlyList<WebhookNotice> Of(FoundModel before, ModelEdit edit)
    {
        var notices = new List<WebhookNotice>();
        if (before.ETag is null && edit.Events is [{ Kind: not ModelEventKind.Created }, ..])
            notices.Add(OfModel(edit.Header));
        foreach (ModelEvent entry in edit.Events)
            notices.AddRange(Of(edit, entry));
        return notices;
    }

    private static IEnumerable<WebhookNotice> Of(ModelEdit edit, ModelEvent entry) => entry.Kind switch
    {
        ModelEventKind.Created => [OfModel(edit.Header)],
        ModelEventKind.Registered => [OfVersion(edit.Header, edit.Added!)],
        ModelEventKind.AliasSet or ModelEventKind.AliasRolledBack => [OfAlias(edit.Header, entry.Alias!, entry.Version)],
        ModelEventKind.AliasDeleted => [OfAlias(edit.Header, entry.Alias!, null)],
        ModelEventKind.VersionDeleted => (entry.Aliases ?? []).Select(a => OfAlias(edit.Header, a, null)),
        ModelEventKind.Tagged or ModelEventKind.Untagged => OfTag(edit, entry),
        _ => [],
    };

    private static WebhookNotice OfModel(ModelHeader model)
    {
        bool prompt = Prompts.Is(model.Tags);
        return new(prompt ? WebhookEvents.PromptCreated : WebhookEvents.ModelCreated, new JsonObject
        {
            ["name"] = model.Name,
            ["tags"] = Tags(model.Tags, prompt ? [Prompts.Tag, TypeTag] : []),
            // As MLflow tells it: empty, where that of a version is null.
            ["description"] = model.Description ?? "",
        });
    }

    private static WebhookNotice OfVersion(ModelHeader model, ModelVersion version)
    {
        if (IsPrompt(model, version))
        {
            return new(WebhookEvents.PromptVersionCreated, new JsonObject
            {
                ["name"] = model.Name,
                ["version"] = Number(version.Version),
                ["template"] = version.Tags.GetValueOrDefault(TextTag, ""),
                ["tags"] = Tags(version.Tags, [Prompts.Tag, TextTag, TypeTag]),
                ["description"] = version.Description,
            });
        }

        return new(WebhookEvents.VersionCreated, new JsonObject
        {
            ["name"] = model.Name,
            ["version"] = Number(version.Version),
            ["source"] = version.SourceUri,
            ["run_id"] = version.RunId.Length == 0 ? null : version.RunId,
            ["tags"] = Tags(version.Tags, []),
            ["description"] = version.Description,
        });
    }

    /// <param name="version">Null: it was taken off.</param>
    private static WebhookNotice OfAlias(ModelHeader model, string alias, int? version)
    {
        bool prompt = Prompts.Is(model.Tags);
        var data = new JsonObject { ["name"] = model.Name, ["alias"] = alias };
        if (version is not { } set)
            return new(prompt ? WebhookEvents.PromptAliasDeleted : WebhookEvents.AliasDeleted, data);
        data["version"] = Number(set);
        return new(prompt ? WebhookEvents.PromptAliasCreated : WebhookEvents.AliasCreated, data);
    }

    private static IEnumerable<WebhookNotice> OfTag(ModelEdit edit, ModelEvent entry)
    {
        ModelVersion? version = edit.Changed.FirstOrDefault(v => v.Version == entry.Version);
        bool prompt = version is null ? Prompts.Is(edit.Header.Tags) : IsPrompt(edit.Header, version);
        string key = entry.Subject!;
        if ((version is null && !prompt) || key == Prompts.Tag)
            return [];
        bool set = entry.Kind == ModelEventKind.Tagged;
        var data = new JsonObject { ["name"] = edit.Header.Name };
        if (version is not null)
            data["version"] = Number(version.Version);
        data["key"] = key;
        if (set)
            data["value"] = (version?.Tags ?? edit.Header.Tags)[key];
        return [new(Kind(prompt, version is not null, set), data)];
    }

    private static WebhookEvent Kind(bool prompt, bool ofVersion, bool set) => (prompt, ofVersion, set) switch
    {
        (true, true, true) => WebhookEvents.PromptVersionTagSet,
        (true, true, false) => WebhookEvents.PromptVersionTagDeleted,
        (true, false, true) => WebhookEvents.PromptTagSet,
        (true, false, false) => WebhookEvents.PromptTagDeleted,
        (false, _, true) => WebhookEvents.VersionTagSet,
        (false, _, false) => WebhookEvents.VersionTagDeleted,
    };

    private static bool IsPrompt(ModelHeader model, ModelVersion version) => Prompts.Is(version.Tags) || Prompts.Is(model.Tags);

    private static JsonObject Tags(IReadOnlyDictionary<string, string> tags, string[] without) =>
        new(tags.Where(t => !without.Contains(t.Key)).Select(t => KeyValuePair.Create(t.Key, (JsonNode?)t.Value)));

    private static string Number(int version) => version.ToString(CultureInfo.InvariantCulture);
}
