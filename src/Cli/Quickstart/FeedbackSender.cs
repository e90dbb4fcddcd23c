using MlOps.Api.Serving;
using MlOps.Cli.Api;

namespace MlOps.Cli.Quickstart;

/// <summary>Sends the true answers of what was predicted since the last time.</summary>
internal sealed class FeedbackSender(ApiClient api, TrafficGenerator traffic, string model)
{
    public int Sent { get; private set; }

    public async Task<int> SendAsync(CancellationToken cancellationToken)
    {
        FeedbackItem[] items = [.. traffic.TakeTruths().Select(t => new FeedbackItem(t.RequestId, t.Truth))];
        if (items.Length > 0)
            await api.PostAsync<FeedbackAnswer>("api/v1/feedback", new FeedbackRequest(model, items), cancellationToken);
        Sent += items.Length;
        return items.Length;
    }
}
