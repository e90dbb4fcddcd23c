using System.Reflection;
using Microsoft.Extensions.Logging;
using MlOps.Domain;
using MlOps.Domain.Serving.Models;
using MlOps.Domain.Training;
using MlOps.Domain.Webhooks;
using MlOps.Domain.Workflows;
using MlOps.Embedded.Workflows;
using MlOps.Learning.Trainers;

namespace MlOps.Embedded;

/// <summary>The domain over stores that one process holds, SQLite and files as a rule, and the journaled engine.</summary>
public sealed class EmbeddedPlatform : IAsyncDisposable
{
    private static readonly TimeSpan WebhookTimeout = TimeSpan.FromSeconds(10);

    private readonly IHostStores _stores;
    private readonly JournaledEngine _engine;
    private readonly HttpClient _http = new(new SocketsHttpHandler { SslOptions = OutgoingTls.Options() }) { Timeout = WebhookTimeout };

    /// <summary>Takes over the stores; workflows do not run before <see cref="StartAsync"/>.</summary>
    /// <param name="trainers">The families that pipelines may name.</param>
    /// <param name="limits">What one training may take; null for no limit.</param>
    /// <param name="modelMemory">Bytes that loaded models may hold together; null for a quarter of what the process may have.</param>
    /// <param name="setting">The host's settings; null for the environment.</param>
    /// <param name="modelIdle">How long a model stays in memory that nobody uses and that has no traffic; null for a quarter of an hour.</param>
    public EmbeddedPlatform(
        IHostStores stores, TrainerCatalog trainers, TimeProvider time, ILoggerFactory logs, JournaledEngineOptions? engine = null, TrainingLimits? limits = null,
        long? modelMemory = null, Func<string, string?>? setting = null, TimeSpan? modelIdle = null)
    {
        _stores = stores;
        var catalog = new WorkflowCatalog();
        _engine = new JournaledEngine(stores.Tables, catalog, time, logs.CreateLogger("MlOps.Workflows"), engine);
        Platform = new Platform(new PlatformPorts
        {
            Tables = stores.Tables,
            Blobs = stores.Blobs,
            Workflows = _engine,
            Time = time,
            Ids = new RandomIds(time),
            Logs = logs,
            Http = _http,
            Setting = setting ?? Environment.GetEnvironmentVariable,
            CodeVersion = CodeVersion,
            Trainers = trainers,
            Limits = limits ?? TrainingLimits.None,
            ModelMemory = modelMemory ?? ModelMemory.DefaultBudget,
            ModelIdle = modelIdle ?? ModelMemory.DefaultIdle,
        });
        Platform.AddTo(catalog);
    }

    /// <summary>Version and commit of this build.</summary>
    public static string CodeVersion { get; } =
        typeof(EmbeddedPlatform).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    public Platform Platform { get; }

    /// <inheritdoc cref="IHostStores.Lost"/>
    public CancellationToken Lost => _stores.Lost;

    /// <summary>Over SQLite and files, with the trainers of Learning.</summary>
    /// <param name="database">The SQLite file.</param>
    /// <param name="blobs">The folder of the blobs.</param>
    public static async Task<EmbeddedPlatform> OpenAsync(
        string database, string blobs, TimeProvider time, ILoggerFactory logs, JournaledEngineOptions? engine, CancellationToken cancellationToken, long? modelMemory = null,
        Func<string, string?>? setting = null) =>
        new(await LocalStores.OpenAsync(database, blobs, time, cancellationToken), TrainerCatalog.Default, time, logs, engine, modelMemory: modelMemory, setting: setting);

    /// <summary>Goes on with every workflow that was under way, and ends rollouts that nobody drives any more.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await _engine.StartAsync(cancellationToken);
        await Platform.Rollouts.ReconcileAsync(cancellationToken);
    }

    /// <summary>Stops workflows so that they can go on later, writes out what is buffered, closes the stores.</summary>
    public async ValueTask DisposeAsync()
    {
        await _engine.DisposeAsync();
        await Platform.DisposeAsync();
        await _stores.DisposeAsync();
        _http.Dispose();
    }
}
