using System.Text.RegularExpressions;

namespace MlOps.Domain.Monitoring;

/// <summary>
/// Where a webhook lives. A policy gives its URL, or names the secret that holds it (<c>secret:chat</c>), since whoever knows the URL of
/// a webhook can post to it: such a one belongs neither into a file nor into the store.
/// </summary>
/// <param name="setting">What the host's settings hold under a name, or null.</param>
public sealed partial class WebhookAddress(Func<string, string?> setting)
{
    internal const string Allowed = "an http or https URL, or secret:NAME with a name of letters, digits and _ that begins with a letter";

    private const string Scheme = "secret";

    /// <summary>The setting, in upper case, that holds the secret.</summary>
    public static string SettingOf(string secret) => "MLOPS_SECRET_" + secret.ToUpperInvariant();

    /// <summary>What a policy may say; null for anything else.</summary>
    internal static Uri? Parse(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out Uri? url) && (IsHttp(url) || Reference().IsMatch(text)) ? url : null;

    /// <summary>The URL itself, read anew each time: a secret may change.</summary>
    /// <exception cref="MlOpsException">Invalid <c>webhook-secret</c>: this server has no such secret, or it is no URL. It is not quoted.</exception>
    public Uri Resolve(Uri webhook)
    {
        if (webhook.Scheme != Scheme)
            return webhook;
        string name = SettingOf(webhook.OriginalString[(Scheme.Length + 1)..]);
        if (setting(name) is not { Length: > 0 } value)
            throw Wrong(webhook, $"but this server has no setting {name}");
        return Uri.TryCreate(value.Trim(), UriKind.Absolute, out Uri? url) && IsHttp(url)
            ? url
            : throw Wrong(webhook, $"but its setting {name} holds no http or https URL (on Azure perhaps the reference itself, because the key vault has no such secret)");
    }

    private static bool IsHttp(Uri url) => url.Scheme is "http" or "https";

    private static MlOpsException Wrong(Uri webhook, string what) =>
        MlOpsException.Invalid("webhook-secret", $"the webhook is '{webhook.OriginalString}', {what}; docs/monitoring.md says how to give it one");

    [GeneratedRegex("^secret:[A-Za-z][A-Za-z0-9_]{0,63}$")]
    private static partial Regex Reference();
}
