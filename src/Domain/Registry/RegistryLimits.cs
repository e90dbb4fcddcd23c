using System.Text;
using MlOps.Domain.Experiments;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Registry;

/// <summary>What names are allowed, with the errors that say so. They admit what MLflow's clients can address.</summary>
public static class RegistryLimits
{
    /// <summary>Characters of a model's name.</summary>
    public const int ModelChars = 200;

    /// <summary>Characters of a model's name as a key of a table, where all but <c>A-Z a-z 0-9 . _ ~ -</c> take five.</summary>
    public const int ModelKeyChars = 400;

    public const int AliasChars = 255;

    public const int AliasesPerModel = 1_000;

    public const int DescriptionChars = 5_000;

    public const int TagKeyChars = 250;

    /// <summary>MLflow's prompts are versions whose text is a tag.</summary>
    public const int TagChars = 100_000;

    public const int SourceChars = 2_048;

    /// <summary>How far a registry that is moved here may leap over numbers that it no longer has.</summary>
    public const int MostVersion = 1_000_000_000;

    /// <summary>The alias of the version that serves.</summary>
    public const string Champion = "champion";

    /// <summary>The alias of the version that is being rolled out.</summary>
    public const string Challenger = "challenger";

    /// <summary>The champion before the last promotion: what a rollback goes back to.</summary>
    public const string Previous = "previous";

    /// <summary>Aliases of versions that a rollout, or its rollback, gives traffic.</summary>
    public static readonly IReadOnlyList<string> OfRollouts = [Champion, Challenger, Previous];

    /// <summary>Read as "the highest version" wherever a version or an alias is named; hence no alias.</summary>
    public const string Latest = "latest";

    private const string ForbiddenInModel = "/\\:@#?%";

    /// <exception cref="MlOpsException">Invalid <c>model-name</c>.</exception>
    public static string CheckModel(string name)
    {
        bool ok = name.Length is > 0 and <= ModelChars && name.Trim().Length == name.Length && name is not ("." or "..")
            && !name.Any(c => char.IsControl(c) || ForbiddenInModel.Contains(c))
            && !name.EnumerateRunes().Contains(Rune.ReplacementChar) && KeyEscape.Escape(name).Length <= ModelKeyChars;
        return ok ? name : throw MlOpsException.Invalid("model-name",
            $"'{Shown(name)}' is no model name: 1 to {ModelChars} characters (of {ModelKeyChars} when all but A-Z a-z 0-9 . _ ~ - count five), not beginning or ending with a blank, none of {string.Join(' ', ForbiddenInModel.ToCharArray())} and no control character");
    }

    /// <exception cref="MlOpsException">Invalid <c>alias-name</c>.</exception>
    public static string CheckAlias(string alias)
    {
        bool ok = alias.Length is > 0 and <= AliasChars && alias.All(c => char.IsLetterOrDigit(c) || c is '_' or '-');
        if (!ok)
            throw MlOpsException.Invalid("alias-name", $"'{Shown(alias)}' is no alias: 1 to {AliasChars} letters, digits, _ and -");
        if (IsReserved(alias))
            throw MlOpsException.Invalid("alias-name", $"'{alias}' cannot be an alias: 'latest', numbers and 'v' with a number would read as a version");
        return alias;
    }

    internal static void Check(ModelRegistration registration)
    {
        CheckDescription(registration.Description);
        if (registration.RunId.Length == 0)
            throw MlOpsException.Invalid("run-id-invalid", "a model version needs the id of the run that trained it");
    }

    internal static void Check(SourceRegistration source)
    {
        CheckDescription(source.Description);
        CheckTags(source.Tags);
        foreach (string? text in (string?[])[source.Uri, source.Location, source.RunLink, source.RunId, source.ModelId])
        {
            if (text?.Length > SourceChars)
                throw MlOpsException.Invalid("source-too-long", $"'{Shown(text)}' has {text.Length:N0} characters, at most {SourceChars:N0} are allowed");
        }

        if (source.Number is < 1 or > MostVersion)
            throw MlOpsException.Invalid("version-number", $"{source.Number} is no version: 1 to {MostVersion:N0}");
    }

    /// <exception cref="MlOpsException">Invalid <c>description-too-long</c>.</exception>
    internal static void CheckDescription(string? description)
    {
        if (description?.Length > DescriptionChars)
            throw MlOpsException.Invalid("description-too-long", $"the description has {description.Length:N0} characters, at most {DescriptionChars:N0} are allowed");
    }

    /// <exception cref="MlOpsException">Invalid <c>tag-invalid</c>.</exception>
    internal static void CheckTags(IEnumerable<KeyValuePair<string, string>> tags)
    {
        foreach ((string key, string value) in tags)
        {
            if (key.Length > TagKeyChars || !TrackingLimits.IsKey(key))
                throw MlOpsException.Invalid("tag-invalid", $"'{Shown(key)}' is no key of a tag: 1 to {TagKeyChars} letters, digits, blanks and _ - . : /, not beginning with '..', in parts between slashes that are neither empty nor '.' nor '..'");
            if (value.Length > TagChars)
                throw MlOpsException.Invalid("tag-invalid", $"the value of tag '{key}' has {value.Length:N0} characters, at most {TagChars:N0} are allowed");
        }
    }

    private static bool IsReserved(string alias) =>
        alias.Equals(Latest, StringComparison.OrdinalIgnoreCase)
        || alias.All(char.IsAsciiDigit)
        || (alias.Length > 1 && alias[0] is 'v' or 'V' && alias.Skip(1).All(char.IsAsciiDigit));

    private static string Shown(string text) => text.Length <= 80 ? text : text[..77] + "...";
}
