using Microsoft.Extensions.Logging.Abstractions;
using MlOps.Contracts;
using MlOps.Contracts.Workflows;
using MlOps.Domain.Workflows;
using MlOps.Embedded.Storage;
using MlOps.Embedded.Workflows;

namespace MlOps.Embedded.Tests.Workflows;

/// <summary>The journaled engine over a SQLite file.</summary>
public sealed class EngineFixture : WorkflowFixture
{
    private readonly TempDirectory _directory = new();
    private readonly JournaledEngineOptions _options;
    private WorkflowCatalog _catalog;
    private SqliteEntityTable? _tables;
    private JournaledEngine? _engine;

    private EngineFixture(WorkflowCatalog catalog, JournaledEngineOptions options)
    {
        _catalog = catalog;
        _options = options;
    }

    public override IWorkflowClient Client => _engine!;

    public SqliteEntityTable Tables => _tables!;

    public static async Task<EngineFixture> OpenAsync(WorkflowCatalog catalog, JournaledEngineOptions? options = null)
    {
        var fixture = new EngineFixture(catalog, options ?? JournaledEngineOptions.Default);
        await fixture.StartAsync();
        return fixture;
    }

    public static async Task<WorkflowFixture> OpenAsync(WorkflowCatalog catalog, int maxConcurrentActivities) =>
        await OpenAsync(catalog, new JournaledEngineOptions { MaxConcurrentActivities = maxConcurrentActivities });

    public override async Task RestartAsync(WorkflowCatalog? catalog = null)
    {
        await StopAsync();
        _catalog = catalog ?? _catalog;
        await StartAsync();
    }

    public SqliteEntityTable OpenTables() => new(_directory["store.db"], Clock);

    public async Task StartAsync()
    {
        _tables = OpenTables();
        _engine = new JournaledEngine(_tables, _catalog, Clock, NullLogger.Instance, _options);
        await _engine.StartAsync(CancellationToken.None);
    }

    public async Task StopAsync()
    {
        await _engine!.DisposeAsync();
        await _tables!.DisposeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await StopAsync();
        _directory.Dispose();
    }
}
