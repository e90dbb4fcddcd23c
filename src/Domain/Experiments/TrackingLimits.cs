using System.Buffers;
using System.Globalization;
using System.Text;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Experiments;

/// <summary>What a user may write into the tracker, with the errors that say so. The limits admit all that MLflow's clients send.</summary>
public static class TrackingLimits
{
    private static readonly SearchValues<char> OrdinaryKeyChars = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-. :");

    /// <summary>Characters of an experiment's or a run's name.</summary>
    public const int NameChars = 500;

    /// <summary>Characters of the name of a param, metric or tag.</summary>
    public const int KeyChars = 250;

    /// <summary>Characters of the value of a param or tag, of which one of two units (an emoji) counts once.</summary>
    public const int ValueChars = 8_000;

    /// <summary>Characters of a run id.</summary>
    public const int RunIdChars = 200;

    /// <summary>Characters of a run id as a key of a table, where a colon takes five.</summary>
    public const int RunIdKeyChars = 400;

    /// <summary>Bytes of the params, tags and latest metrics of a run together, as they are stored: who reads a run has it in memory.</summary>
    public const int RunBytes = 64 << 20;

    internal static void CheckName(string what, string name)
    {
        if (string.IsNullOrWhiteSpace(name) || name.Length > NameChars || name.EnumerateRunes().Contains(Rune.ReplacementChar))
            throw MlOpsException.Invalid("name-invalid", $"the {what} name '{Shown(name)}' is not allowed: it takes 1 to {NameChars} characters, not all of them blank, none of them half a character");
    }

    /// <summary>Whether a run may have the id.</summary>
    public static bool IsRunId(string runId) =>
        runId.Length is > 0 and <= RunIdChars && KeyEscape.Escape(runId).Length <= RunIdKeyChars && char.IsAsciiLetterOrDigit(runId[0])
        && runId.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or ':' or '~' or '-');

    internal static void CheckRunId(string runId)
    {
        if (!IsRunId(runId))
            throw MlOpsException.Invalid("run-id-invalid", $"the run id '{Shown(runId)}' is not allowed: a letter or digit, then letters, digits and _ . : ~ -, at most {RunIdChars} in all (of {RunIdKeyChars} when a colon counts five)");
    }

    internal static void Check(RunChanges changes)
    {
        if (changes.Name is { } renamed)
            CheckName("run", renamed);
        foreach ((string name, string value) in changes.Params)
            CheckPair("param", name, value);
        foreach ((string name, string? value) in changes.Tags)
            CheckPair("tag", name, value ?? "");
        foreach (MetricPoint point in changes.Metrics)
            CheckKey("metric", point.Name);
    }

    internal static void CheckPair(string what, string name, string value)
    {
        CheckKey(what, name);
        if (value.Length > ValueChars && value.EnumerateRunes().Count() is > ValueChars and int length)
            throw MlOpsException.Invalid("value-too-long", $"the value of {what} '{name}' has {length:N0} characters, at most {ValueChars:N0} are allowed: log long texts as an artifact");
    }

    internal static void CheckKey(string what, string name)
    {
        if (!IsKey(name))
        {
            throw MlOpsException.Invalid("key-invalid",
                $"the {what} name '{Shown(name)}' is not allowed: 1 to {KeyChars} letters, digits, blanks and _ - . : /, not beginning with '..', in parts between slashes that are neither empty nor '.' nor '..'");
        }
    }

    /// <summary>Whether a param, metric or tag may be called so: what MLflow, which may keep each as a file, lets through.</summary>
    public static bool IsKey(string name) => name.Length is > 0 and <= KeyChars && (IsOrdinaryKey(name) || (name.All(IsKeyChar) && !name.StartsWith("..", StringComparison.Ordinal) && IsPlainPath(name)));

    /// <summary>As nearly all are: a letter first, and no slashes.</summary>
    private static bool IsOrdinaryKey(string name) => char.IsAsciiLetter(name[0]) && !name.AsSpan().ContainsAnyExcept(OrdinaryKeyChars);

    /// <summary>As Python has word characters: also ², ½ and letters that take two units.</summary>
    internal static bool IsWordChar(char c) => char.IsLetterOrDigit(c) || c == '_' || char.IsSurrogate(c) || char.GetUnicodeCategory(c) is UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber;

    private static bool IsKeyChar(char c) => IsWordChar(c) || c is '-' or '.' or ' ' or ':' or '/';

    private static bool IsPlainPath(string name) => name.Split('/').All(part => part is not ("" or "." or ".."));

    /// <summary>The beginning of a text for an error or a log, of one line.</summary>
    internal static string Shown(string text)
    {
        string shown = text.Length <= 80 ? text : text[..77] + "...";
        return shown.Any(char.IsControl) ? string.Concat(shown.Select(c => char.IsControl(c) ? ' ' : c)) : shown;
    }
}
