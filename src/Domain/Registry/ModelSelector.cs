using System.Globalization;

namespace MlOps.Domain.Registry;

/// <summary>
/// Names a version: <c>churn@champion</c>, <c>churn/3</c>, or <c>churn</c> alone, which is the champion, else the latest version.
/// The prefix <c>models:/</c> is allowed.
/// </summary>
public sealed record ModelSelector(string Model, int? Version = null, string? Alias = null)
{
    private const string Scheme = "models:/";

    /// <exception cref="MlOpsException">Invalid <c>model-selector</c>, <c>model-name</c> or <c>alias-name</c>.</exception>
    public static ModelSelector Parse(string text)
    {
        string name = text.StartsWith(Scheme, StringComparison.Ordinal) ? text[Scheme.Length..] : text;
        int at = name.IndexOf('@');
        int slash = name.IndexOf('/');
        if (at >= 0 && slash >= 0)
            throw Unreadable(text);
        ModelSelector selector = at >= 0 ? new(name[..at], Alias: RegistryLimits.CheckAlias(name[(at + 1)..]))
            : slash >= 0 ? new(name[..slash], ParseVersion(name[(slash + 1)..], text))
            : new(name);
        RegistryLimits.CheckModel(selector.Model);
        return selector;
    }

    /// <summary>A version number or an alias of a model, as a URL segment or an option carries it; null or empty means the champion, else the latest.</summary>
    /// <exception cref="MlOpsException">Invalid <c>model-name</c> or <c>alias-name</c>.</exception>
    public static ModelSelector Of(string model, string? versionOrAlias)
    {
        RegistryLimits.CheckModel(model);
        if (string.IsNullOrEmpty(versionOrAlias))
            return new(model);
        return int.TryParse(versionOrAlias, NumberStyles.None, CultureInfo.InvariantCulture, out int version)
            ? new(model, version)
            : new(model, Alias: RegistryLimits.CheckAlias(versionOrAlias));
    }

    public override string ToString() => Version is { } v ? $"{Model}/{v}" : Alias is { } a ? $"{Model}@{a}" : Model;

    private static int ParseVersion(string version, string text) =>
        int.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0 ? number : throw Unreadable(text);

    private static MlOpsException Unreadable(string text) =>
        MlOpsException.Invalid("model-selector", $"'{text}' names no model version: write NAME, NAME@ALIAS or NAME/VERSION, where VERSION is 1 or more");
}
