namespace MlOps.Domain.Webhooks;

/// <summary>A turn to serve a webhook. One that has much to be told lets the others go first after each attempt.</summary>
internal sealed class WebhookTurn : IDisposable
{
    // Those who wait are let in in the order in which they came.
    private readonly SemaphoreSlim _free;
    private bool _held = true;

    private WebhookTurn(SemaphoreSlim free) => _free = free;

    /// <summary>Waits for a turn; disposing gives it back.</summary>
    public static async Task<WebhookTurn> TakeAsync(SemaphoreSlim free, CancellationToken cancellationToken)
    {
        await free.WaitAsync(cancellationToken);
        return new WebhookTurn(free);
    }

    /// <summary>Lets whoever waits go first.</summary>
    public async Task YieldAsync(CancellationToken cancellationToken)
    {
        Dispose();
        await _free.WaitAsync(cancellationToken);
        _held = true;
    }

    public void Dispose()
    {
        if (!_held)
            return;
        _held = false;
        _free.Release();
    }
}
