using System.Globalization;

namespace MlOps.Domain.Registry;

/// <summary>
/// Names a version: <c>churn@champion</c>, <c>churn/3</c>, <c>churn/latest</c>, or <c>churn</c> alone, which is the champion, else the
/// latest version. The prefix <c>models:/</c> is allowed.
/// </summary>
/// <param name="Alias">An alias, or <c>latest</c>, which is none.</param>
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
        ModelSelector selector = at >= 0 ? new(name[..at], Alias: AliasOrLatest(name[(at + 1)..]))
            : slash >= 0 ? OfVersion(name[..slash], name[(slash + 1)..], text)
            : new(name);
        RegistryLimits.CheckModel(selector.Model);
        return selector;
    }

    /// <summary>A version number, an alias or <c>latest</c>, as a URL segment or an option carries it; null or empty means the champion, else the latest.</summary>
    /// <exception cref="MlOpsException">Invalid <c>model-name</c> or <c>alias-name</c>.</exception>
    public static ModelSelector Of(string model, string? versionOrAlias)
    {
        RegistryLimits.CheckModel(model);
        if (string.IsNullOrEmpty(versionOrAlias))
            return new(model);
        return TryVersion(versionOrAlias, out int version) ? new(model, version) : new(model, Alias: AliasOrLatest(versionOrAlias));
    }

    public override string ToString() => Version is { } v ? $"{Model}/{v}" : Alias is { } a ? $"{Model}@{a}" : Model;

    private static ModelSelector OfVersion(string model, string version, string text) =>
        IsLatest(version) ? new(model, Alias: RegistryLimits.Latest)
        : TryVersion(version, out int number) && number > 0 ? new(model, number)
        : throw Unreadable(text);

    private static string AliasOrLatest(string alias) => IsLatest(alias) ? RegistryLimits.Latest : RegistryLimits.CheckAlias(alias);

    private static bool IsLatest(string text) => text.Equals(RegistryLimits.Latest, StringComparison.OrdinalIgnoreCase);

    private static bool TryVersion(string text, out int version) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out version);

    private static MlOpsException Unreadable(string text) =>
        MlOpsException.Invalid("model-selector", $"'{text}' names no model version: write NAME, NAME@ALIAS or NAME/VERSION, where VERSION is 1 or more, or latest");
}
