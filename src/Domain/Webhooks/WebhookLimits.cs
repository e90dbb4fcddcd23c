using System.Text.RegularExpressions;

namespace MlOps.Domain.Webhooks;

/// <summary>What a webhook may be, with the errors that say so.</summary>
public static partial class WebhookLimits
{
    /// <summary>Each change of the registry looks at all of them.</summary>
    public const int Webhooks = 1_000;

    public const int UrlChars = 2_048;

    public const int DescriptionChars = 1_000;

    public const int SecretChars = 1_000;

    /// <summary>Webhooks a page.</summary>
    public const int Page = 1_000;

    /// <summary>Deliveries that may wait for one receiver; what comes later is dropped.</summary>
    public const int Waiting = 1_000;

    /// <summary>Bytes of their bodies; the one that passes it still waits.</summary>
    public const long WaitingBytes = 16 << 20;

    /// <exception cref="MlOpsException">Invalid <c>webhook-name</c>, <c>webhook-events</c>, <c>webhook-too-long</c>, <c>webhook-status</c>.</exception>
    internal static void Check(WebhookEdit edit)
    {
        if (edit.Name is { } name && !WellNamed().IsMatch(name))
            throw MlOpsException.Invalid("webhook-name", $"'{Shown(name)}' is no name of a webhook: 1 to 63 letters, digits, dots, underscores and hyphens, beginning and ending with a letter or digit");
        if (edit.Events is { Count: 0 })
            throw MlOpsException.Invalid("webhook-events", "a webhook needs at least one event");
        if (edit.Status is { } status && !Enum.IsDefined(status))
            throw MlOpsException.Invalid("webhook-status", $"there is no status {(int)status}: a webhook is active or disabled");
        CheckLength("url", edit.Url, UrlChars);
        CheckLength("description", edit.Description, DescriptionChars);
        CheckLength("secret", edit.Secret, SecretChars);
    }

    // The value is not quoted: it may be the secret.
    private static void CheckLength(string field, string? value, int most)
    {
        if (value?.Length > most)
            throw MlOpsException.Invalid("webhook-too-long", $"the {field} of the webhook has {value.Length:N0} characters, at most {most:N0} are allowed");
    }

    private static string Shown(string text) => text.Length <= 80 ? text : text[..77] + "...";

    [GeneratedRegex(@"^(?=.{1,63}\z)[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?\z")]
    private static partial Regex WellNamed();
}
