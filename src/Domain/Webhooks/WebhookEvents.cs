using System.Text.Json.Nodes;

namespace MlOps.Domain.Webhooks;

/// <summary>
/// The events that may be subscribed to, with the payload of a test: the pairs and payloads of MLflow 3 (<c>mlflow/entities/webhook.py</c>,
/// <c>mlflow/webhooks/types.py</c>). A budget exceeded is accepted for its clients' sake; nothing here has a budget.
/// </summary>
public static class WebhookEvents
{
    public static readonly WebhookEvent ModelCreated = new("registered_model", "created");
    public static readonly WebhookEvent VersionCreated = new("model_version", "created");
    public static readonly WebhookEvent VersionTagSet = new("model_version_tag", "set");
    public static readonly WebhookEvent VersionTagDeleted = new("model_version_tag", "deleted");
    public static readonly WebhookEvent AliasCreated = new("model_version_alias", "created");
    public static readonly WebhookEvent AliasDeleted = new("model_version_alias", "deleted");
    public static readonly WebhookEvent PromptCreated = new("prompt", "created");
    public static readonly WebhookEvent PromptVersionCreated = new("prompt_version", "created");
    public static readonly WebhookEvent PromptTagSet = new("prompt_tag", "set");
    public static readonly WebhookEvent PromptTagDeleted = new("prompt_tag", "deleted");
    public static readonly WebhookEvent PromptVersionTagSet = new("prompt_version_tag", "set");
    public static readonly WebhookEvent PromptVersionTagDeleted = new("prompt_version_tag", "deleted");
    public static readonly WebhookEvent PromptAliasCreated = new("prompt_alias", "created");
    public static readonly WebhookEvent PromptAliasDeleted = new("prompt_alias", "deleted");
    public static readonly WebhookEvent BudgetExceeded = new("budget_policy", "exceeded");

    private static readonly Dictionary<WebhookEvent, string> Examples = new()
    {
        [ModelCreated] = """{"name":"example_model","tags":{"example_key":"example_value"},"description":"An example registered model"}""",
        [VersionCreated] = """{"name":"example_model","version":"1","source":"models:/123","run_id":"abcd1234abcd5678","tags":{"example_key":"example_value"},"description":"An example model version"}""",
        [VersionTagSet] = """{"name":"example_model","version":"1","key":"example_key","value":"example_value"}""",
        [VersionTagDeleted] = """{"name":"example_model","version":"1","key":"example_key"}""",
        [AliasCreated] = """{"name":"example_model","alias":"example_alias","version":"1"}""",
        [AliasDeleted] = """{"name":"example_model","alias":"example_alias"}""",
        [PromptCreated] = """{"name":"example_prompt","tags":{"example_key":"example_value"},"description":"An example prompt"}""",
        [PromptVersionCreated] = """{"name":"example_prompt","version":"1","template":"Hello {{name}}!","tags":{"example_key":"example_value"},"description":"An example prompt version"}""",
        [PromptTagSet] = """{"name":"example_prompt","key":"example_key","value":"example_value"}""",
        [PromptTagDeleted] = """{"name":"example_prompt","key":"example_key"}""",
        [PromptVersionTagSet] = """{"name":"example_prompt","version":"1","key":"example_key","value":"example_value"}""",
        [PromptVersionTagDeleted] = """{"name":"example_prompt","version":"1","key":"example_key"}""",
        [PromptAliasCreated] = """{"name":"example_prompt","alias":"example_alias","version":"1"}""",
        [PromptAliasDeleted] = """{"name":"example_prompt","alias":"example_alias"}""",
        [BudgetExceeded] = """{"budget_policy_id":"example_policy"}""",
    };

    public static IReadOnlyCollection<WebhookEvent> All => Examples.Keys;

    /// <summary><c>model_version.created</c>.</summary>
    /// <exception cref="MlOpsException">Invalid <c>webhook-event</c>; the message lists those there are.</exception>
    public static WebhookEvent Parse(string? name) => name?.Split('.') is [var entity, var action] ? Of(entity, action) : throw Unknown(name ?? "null");

    /// <param name="entity">In any case: MLflow's clients send <c>MODEL_VERSION</c>.</param>
    /// <param name="action">In any case.</param>
    /// <exception cref="MlOpsException">Invalid <c>webhook-event</c>.</exception>
    public static WebhookEvent Of(string entity, string action)
    {
        var named = new WebhookEvent(entity.ToLowerInvariant(), action.ToLowerInvariant());
        if (Examples.ContainsKey(named))
            return named;
        string[] actions = [.. Examples.Keys.Where(e => e.Entity == named.Entity).Select(e => $"'{e.Action}'").Order(StringComparer.Ordinal)];
        throw actions.Length == 0 ? Unknown($"{named}") : MlOpsException.Invalid("webhook-event",
            $"Invalid action '{named.Action}' for entity '{named.Entity}'. Valid actions are: [{string.Join(", ", actions)}]");
    }

    /// <summary>What a test of the event sends.</summary>
    public static JsonObject ExampleOf(WebhookEvent e) => JsonNode.Parse(Examples[e])!.AsObject();

    private static MlOpsException Unknown(string name) =>
        MlOpsException.Invalid("webhook-event", $"there is no event '{name}': the events are {string.Join(", ", Examples.Keys)}");
}
