using Azure.Core;
using Azure.Core.Pipeline;

namespace MlOps.Azure.Tests.Storage;

/// <summary>A network that loses the first answer to a request, or the request itself; everything else passes.</summary>
internal sealed class LosingTransport(RequestMethod method, string query, bool answer = true) : HttpPipelineTransport
{
    private readonly HttpClientTransport _network = new();
    private int _lost;

    public bool HasLost => _lost > 0;

    public override Request CreateRequest() => _network.CreateRequest();

    public override void Process(HttpMessage message) => throw new NotSupportedException();

    public override async ValueTask ProcessAsync(HttpMessage message)
    {
        bool loses = message.Request.Method == method && message.Request.Uri.ToString().Contains(query, StringComparison.Ordinal)
            && Interlocked.Increment(ref _lost) == 1;
        if (answer || !loses)
            await _network.ProcessAsync(message);
        if (loses)
            throw new IOException("the connection broke");
    }
}
