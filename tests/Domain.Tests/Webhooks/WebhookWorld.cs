using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using MlOps.Contracts;
using MlOps.Domain.Registry;
using MlOps.Domain.Webhooks;
using MlOps.Embedded;

namespace MlOps.Domain.Tests.Webhooks;

/// <summary>One process's registry, webhooks and deliveries over stores that outlive it. By default it may post to this machine, over http.</summary>
internal sealed class WebhookWorld : IAsyncDisposable
{
    private readonly WebhookSender _sender;

    public WebhookWorld(EmbeddedStores stores, Func<string, string?>? setting = null, WebhookTarget? target = null)
    {
        Func<string, string?> settings = setting ?? Local;
        (Stores, Target) = (stores, target ?? new WebhookTarget(settings));
        var ids = new RandomIds(stores.Time);
        var table = new WebhookTable(stores.Tables, new WebhookSecrets(settings));
        Queue = new WebhookQueue(stores.Tables, table, stores.Time, ids);
        _sender = new WebhookSender(table, Target, stores.Time);
        Store = new WebhookStore(table, Queue, _sender, Target, stores.Time, ids);
        Registry = new ModelRegistry(stores.Tables, stores.Time, null, Queue);
        Deliveries = new WebhookDeliveries(table, Queue, _sender, Registry.WasMadeAsync, stores.Time, Log);
    }

    public EmbeddedStores Stores { get; }

    public WebhookTarget Target { get; }

    public WebhookQueue Queue { get; }

    public WebhookStore Store { get; }

    public ModelRegistry Registry { get; }

    public WebhookDeliveries Deliveries { get; }

    public LogLines Log { get; } = new();

    public static string? Local(string name) => name switch
    {
        WebhookTarget.SchemesSetting => "http,https",
        WebhookTarget.PrivateSetting => "true",
        _ => null,
    };

    public Task<Webhook> SubscribeAsync(string url, string? secret = null, params WebhookEvent[] events) =>
        Store.CreateAsync(new WebhookEdit { Name = "hook", Url = url, Secret = secret, Events = events.Length == 0 ? [.. WebhookEvents.All] : events }, default);

    public Task<RegisteredModel> CreateModelAsync(string name = "churn") => Registry.Catalog.CreateAsync(name, null, new Dictionary<string, string>(), "ann", default);

    public Task DeliverAsync() => Deliveries.DeliverDueAsync(TimeSpan.FromHours(1), default);

    public async Task<int> WaitingAsync(string webhook) => await Queue.ListAsync(webhook, default).CountAsync();

    /// <summary>Writes a change down and makes it, as a process that dies right after it does: nobody is woken.</summary>
    public void DieAfterChanges() => Queue.Woken = _ => { };

    public async ValueTask DisposeAsync()
    {
        await Deliveries.DisposeAsync();
        _sender.Dispose();
    }
}

/// <summary>A logger that keeps its lines.</summary>
internal sealed class LogLines : ILogger
{
    public ConcurrentQueue<string> All { get; } = new();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        All.Enqueue($"{formatter(state, exception)} {exception}");
}
