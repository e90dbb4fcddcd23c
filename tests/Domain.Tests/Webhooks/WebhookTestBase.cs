using MlOps.Contracts;

namespace MlOps.Domain.Tests.Webhooks;

/// <summary>A registry with a receiver of its webhooks.</summary>
public abstract class WebhookTestBase : IAsyncLifetime
{
    private protected EmbeddedStores Stores { get; } = new();

    private protected WebhookReceiver Receiver { get; } = new();

    private protected WebhookWorld World { get; private set; } = null!;

    public virtual Task InitializeAsync()
    {
        World = new WebhookWorld(Stores);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        // Deliveries under way end before the world does.
        Receiver.Release();
        await World.DisposeAsync();
        await Receiver.DisposeAsync();
        await Stores.DisposeAsync();
    }
}
