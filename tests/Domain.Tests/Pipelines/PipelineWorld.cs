using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using MlOps.Contracts;
using MlOps.Domain.Datasets;
using MlOps.Domain.Experiments;
using MlOps.Domain.Monitoring;
using MlOps.Domain.Pipelines;
using MlOps.Domain.Registry;
using MlOps.Domain.Rollout;
using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Log;
using MlOps.Domain.Training;
using MlOps.Domain.Workflows;
using MlOps.Embedded;
using MlOps.Embedded.Storage;
using MlOps.Embedded.Workflows;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Tests.Pipelines;

/// <summary>The whole domain over one data directory, as a host has it, without HTTP.</summary>
public sealed class PipelineWorld : IAsyncDisposable
{
    private readonly SqliteEntityTable _tables;
    private readonly FileBlobStore _blobs;
    private readonly JournaledEngine _engine;

    private readonly HttpClient _http = new();

    private PipelineWorld(SqliteEntityTable tables, string folder, TimeProvider time, IReadOnlyList<IAlertSink> sinks, JournaledEngineOptions? options, Func<PlatformPorts, PlatformPorts>? ports)
    {
        _tables = tables;
        _blobs = new FileBlobStore(Path.Combine(folder, "blobs"), time);
        Workflows = new WorkflowCatalog();
        _engine = new JournaledEngine(tables, Workflows, time, NullLogger.Instance, options);
        var usual = new PlatformPorts
        {
            Tables = tables,
            Blobs = _blobs,
            Workflows = _engine,
            Time = time,
            Ids = new RandomIds(time),
            Logs = NullLoggerFactory.Instance,
            Http = _http,
            AlertSinks = sinks,
            CodeVersion = "test",
        };
        Platform = new Platform(ports is null ? usual : ports(usual));
        Platform.AddTo(Workflows);
    }

    public Platform Platform { get; }

    public WorkflowCatalog Workflows { get; }

    public IWorkflowClient Engine => _engine;

    public DatasetCatalog Datasets => Platform.Datasets;

    public ExperimentTracker Tracker => Platform.Experiments;

    public ModelRegistry Registry => Platform.Registry;

    public EndpointStore Endpoints => Platform.Endpoints;

    public Predictor Predictor => Platform.Predictor;

    public FeedbackStore Feedback => Platform.Feedback;

    public Monitors Monitors => Platform.Monitors;

    public Domain.Pipelines.Pipelines Pipelines => Platform.Pipelines;

    public Timers Timers => Platform.Timers;

    /// <param name="ports">What is not as usual.</param>
    public static async Task<PipelineWorld> OpenAsync(
        string folder, TimeProvider? time = null, IReadOnlyList<IAlertSink>? sinks = null, JournaledEngineOptions? options = null, Func<PlatformPorts, PlatformPorts>? ports = null)
    {
        time ??= TimeProvider.System;
        SqliteEntityTable tables = await SqliteEntityTable.OpenAsync(Path.Combine(folder, "mlops.db"), time, default);
        var world = new PipelineWorld(tables, folder, time, sinks ?? [], options, ports);
        await world._engine.StartAsync(default);
        return world;
    }

    /// <summary>Timers that have not ticked yet, as another host or the next start has them.</summary>
    public Timers NewTimers() => new(new MonitorTimer(_tables, _blobs, _engine, NullLogger.Instance), Pipelines, Platform.Rollouts, NullLogger.Instance);

    /// <summary>Adds a data set version from CSV text.</summary>
    public async Task<DatasetVersion> AddAsync(string name, string csv)
    {
        using var content = new MemoryStream(Encoding.UTF8.GetBytes(csv));
        return (await Datasets.AddAsync(name, content, new DatasetAddOptions { Source = "test.csv" }, default)).Version;
    }

    /// <summary>Registers a document, runs it and waits for the end.</summary>
    public async Task<PipelineRun> RunAsync(string yaml)
    {
        RegisteredPipeline pipeline = await Pipelines.RegisterAsync(yaml, "test.yaml", "tester", default);
        return await RunAsync(pipeline.Name, new PipelineTrigger(TriggerReason.Manual, "tester"));
    }

    public async Task<PipelineRun> RunAsync(string pipeline, PipelineTrigger trigger)
    {
        PipelineRun run = await Pipelines.RunAsync(pipeline, trigger, default);
        return await Pipelines.WaitAsync(run.Id, default).WaitAsync(Eventually.Patience);
    }

    public Task<string> ExportAsync(string instanceId) => WorkflowHistory.ExportAsync(_tables, instanceId, default);

    public async ValueTask DisposeAsync()
    {
        await _engine.DisposeAsync();
        await Platform.DisposeAsync();
        _http.Dispose();
        _blobs.Dispose();
        await _tables.DisposeAsync();
    }
}
