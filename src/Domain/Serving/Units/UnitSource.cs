namespace MlOps.Domain.Serving.Units;

/// <summary>
/// Where an endpoint finds the unit of a request, what stays with one version: <c>random</c> (each request by itself),
/// <c>header:NAME</c>, or a path into the JSON body such as <c>$.customer.id</c> or <c>$.inputs[0].data[2]</c>.
/// </summary>
/// <param name="Header">The header's name, or null.</param>
/// <param name="Path">The path's steps, member names (text) and list positions (numbers), or null.</param>
public sealed record UnitSource(string? Header, IReadOnlyList<object>? Path)
{
    /// <summary>What a source may look like, for messages.</summary>
    public const string Syntax = "'random', 'header:NAME', a path into the JSON body such as '$.customer.id' or '$.inputs[0].data[0]', or 'caller' for what the caller names";

    /// <summary>What the caller names: an endpoint without a source. Said to take a source back.</summary>
    public const string Caller = "caller";

    private const string HeaderPrefix = "header:";

    private static readonly UnitSource Random = new(null, null);

    /// <summary>Whether an endpoint can be told so.</summary>
    public static bool IsSource(string text) => text == Caller || Parse(text) is not null;

    /// <summary>The source, or null where the text is of none of the forms; also for <see cref="Caller"/>, where there is none.</summary>
    public static UnitSource? Parse(string text)
    {
        if (text == "random")
            return Random;
        if (text.StartsWith(HeaderPrefix, StringComparison.Ordinal))
            return text[HeaderPrefix.Length..] is { Length: > 0 } name && name.All(IsHeaderChar) ? new UnitSource(name, null) : null;
        return PathOf(text) is { Count: > 0 } path ? new UnitSource(null, path) : null;
    }

    private static bool IsHeaderChar(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_';

    private static List<object>? PathOf(string text)
    {
        if (text.Length == 0 || text[0] != '$')
            return null;
        var steps = new List<object>();
        int at = 1;
        while (at < text.Length)
        {
            int end = text.IndexOfAny(['.', '['], at + 1);
            string step = text[at..(end < 0 ? text.Length : end)];
            if (StepOf(step) is not { } parsed)
                return null;
            steps.Add(parsed);
            at += step.Length;
        }

        return steps;
    }

    private static object? StepOf(string step) => step switch
    {
        ['.', .. { Length: > 0 } name] => name,
        ['[', .. var number, ']'] when int.TryParse(number, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out int index) => index,
        _ => null,
    };
}

/// <summary>Finds the unit of one request; null where the request has none there.</summary>
/// <param name="request">The call's <see cref="PredictionCall.Request"/>.</param>
public delegate string? UnitReader(object? request, UnitSource source);
