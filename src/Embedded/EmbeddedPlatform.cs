using System.Reflection;
using Microsoft.Extensions.Logging;
using MlOps.Domain;
using MlOps.Domain.Workflows;
using MlOps.Embedded.Storage;
using MlOps.Embedded.Workflows;

namespace MlOps.Embedded;

/// <summary>The domain over SQLite, files and the journaled engine: one process, one folder.</summary>
public sealed class EmbeddedPlatform : IAsyncDisposable
{
    private static readonly TimeSpan WebhookTimeout = TimeSpan.FromSeconds(10);

    private readonly SqliteEntityTable _tables;
    private readonly FileBlobStore _blobs;
    private readonly JournaledEngine _engine;
    private readonly HttpClient _http;

    private EmbeddedPlatform(SqliteEntityTable tables, FileBlobStore blobs, TimeProvider time, ILoggerFactory logs, JournaledEngineOptions? engine)
    {
        _tables = tables;
        _blobs = blobs;
        _http = new HttpClient { Timeout = WebhookTimeout };
        var catalog = new WorkflowCatalog();
        _engine = new JournaledEngine(tables, catalog, time, logs.CreateLogger("MlOps.Workflows"), engine);
        Platform = new Platform(new PlatformPorts
        {
            Tables = tables,
            Blobs = blobs,
            Workflows = _engine,
            Time = time,
            Ids = new RandomIds(time),
            Logs = logs,
            Http = _http,
            CodeVersion = CodeVersion,
        });
        Platform.AddTo(catalog);
    }

    /// <summary>Version and commit of this build.</summary>
    public static string CodeVersion { get; } =
        typeof(EmbeddedPlatform).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    public Platform Platform { get; }

    /// <summary>Opens the stores; workflows do not run before <see cref="StartAsync"/>.</summary>
    /// <param name="database">The SQLite file.</param>
    /// <param name="blobs">The folder of the blobs.</param>
    public static async Task<EmbeddedPlatform> OpenAsync(
        string database, string blobs, TimeProvider time, ILoggerFactory logs, JournaledEngineOptions? engine, CancellationToken cancellationToken) =>
        new(await SqliteEntityTable.OpenAsync(database, time, cancellationToken), new FileBlobStore(blobs, time), time, logs, engine);

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
        await _tables.DisposeAsync();
        _blobs.Dispose();
        _http.Dispose();
    }
}
