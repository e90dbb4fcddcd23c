namespace MlOps.Domain.Experiments.Traces;

/// <summary>What a trace may hold. A trace is told of once: what is too long is cut, as MLflow's server cuts it, and only names that cannot be kept are refused.</summary>
internal static class TraceLimits
{
    /// <summary>Characters of a preview.</summary>
    public const int PreviewChars = 1_000;

    /// <summary>Characters of a client's id of its request.</summary>
    public const int ClientIdChars = 250;

    public static Trace Within(Trace trace) => trace with
    {
        ClientRequestId = Cut(trace.ClientRequestId, ClientIdChars),
        RequestPreview = Cut(trace.RequestPreview, PreviewChars),
        ResponsePreview = Cut(trace.ResponsePreview, PreviewChars),
        Metadata = Within("metadata", trace.Metadata),
        Tags = Within("tag", trace.Tags),
    };

    /// <summary>Without <see cref="Trace.LocationTag"/>, which clients may send back: it is not theirs to say.</summary>
    /// <exception cref="MlOpsException">Invalid <c>key-invalid</c>.</exception>
    public static IReadOnlyDictionary<string, string> Within(string what, IReadOnlyDictionary<string, string> texts)
    {
        var all = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach ((string name, string text) in texts)
        {
            if (name.Length is 0 or > TrackingLimits.KeyChars)
                throw MlOpsException.Invalid("key-invalid", $"the {what} name '{TrackingLimits.Shown(name)}' of a trace has {name.Length:N0} characters, 1 to {TrackingLimits.KeyChars} are allowed");
            if (name != Trace.LocationTag)
                all[name] = Cut(text, TrackingLimits.ValueChars)!;
        }

        return all;
    }

    public static string? Cut(string? text, int chars)
    {
        if (text is null || text.Length <= chars)
            return text;
        // Not between the halves of a character.
        return text[..(char.IsHighSurrogate(text[chars - 1]) ? chars - 1 : chars)];
    }
}
