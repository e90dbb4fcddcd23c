namespace MlOps.Api.Protocols.Mlflow.Otlp;

/// <summary>Counts the spans, events, attributes and values of a request while it is read: a few bytes of each become an object, so that their number has to have a bound besides the bytes.</summary>
internal sealed class OtlpParts
{
    /// <summary>Some hundred megabytes, at most.</summary>
    public const int Most = 500_000;

    private int _read;

    /// <exception cref="MlOpsException">TooLarge <c>otlp-too-large</c>.</exception>
    public void Add()
    {
        if (++_read > Most)
            throw MlOpsException.TooLarge("otlp-too-large", $"the request has more than {Most:N0} spans, events, attributes and values: send fewer at once");
    }
}
