using Azure.Core;
using Azure.Core.Pipeline;

namespace MlOps.Azure.Storage;

/// <summary>
/// Tells a caller whether a request of its was sent more than once: only then can a conflict be the echo of its own write, whose
/// answer was lost.
/// </summary>
internal sealed class Resends : HttpPipelineSynchronousPolicy
{
    private static readonly AsyncLocal<Watch?> Current = new();

    /// <summary>Begins to watch the requests that the caller, and what it awaits, sends from here on.</summary>
    public static Watch Begin() => Current.Value = new Watch();

    public override void OnSendingRequest(HttpMessage message)
    {
        if (message.ProcessingContext.RetryNumber > 0 && Current.Value is { } watch)
            watch.Seen = true;
    }

    internal sealed class Watch
    {
        public bool Seen { get; set; }
    }
}
