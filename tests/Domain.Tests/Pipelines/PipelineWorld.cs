using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using MlOps.Domain.Datasets;
using MlOps.Domain.Experiments;
using MlOps.Domain.Monitoring;
using MlOps.Domain.Pipelines;
using MlOps.Domain.Registry;
using MlOps.Domain.Rollout;
using MlOps.Domain.Serving;
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

    private PipelineWorld(SqliteEntityTable tables, string folder, TimeProvider time, IReadOnlyList<IAlertSink> sinks, JournaledEngineOptions? options)
    {
        ILogger log = NullLogger.Instance;
        var ids = new RandomIds(time);
        _tables = tables;
        _blobs = new FileBlobStore(Path.Combine(folder, "blobs"), time);
        Time = time;
        Workflows = new WorkflowCatalog();
        _engine = new JournaledEngine(tables, Workflows, time, log, options);
        Datasets = new DatasetCatalog(tables, _blobs, time);
        Tracker = new ExperimentTracker(tables, _blobs, time);
        Models = new ModelStore(_blobs);
        Registry = new ModelRegistry(tables, time);
        var cache = new ModelCache((version, token) => Models.LoadAsync(new ModelRef(version.ModelDigest, version.ModelSize), token));
        Endpoints = new EndpointStore(tables, time);
        Traffic = new TrafficStats(tables, time, ids, log);
        Log = new PredictionLog(_blobs, time, ids, log);
        var served = new ServedVersions(Registry, time);
        Predictor = new Predictor(new Router(Endpoints, time, log), served, cache, Traffic, Log, time, log);
        Feedback = new FeedbackStore(tables, served, Log, time);
        Monitors = new Monitors(tables, _blobs, _engine, time, ids);
        Rollouts = new Rollouts(tables, Endpoints, Registry, cache, Traffic, _engine, ids, time, log);
        var parser = new PipelineParser(TrainerCatalog.Default);
        Pipelines = new Domain.Pipelines.Pipelines(tables, _blobs, _engine, parser, time, ids);
        Timers = NewTimers();
        var trainer = new ModelTrainer(Datasets, Tracker, Models, TrainerCatalog.Default);
        var data = new RetrainData(Datasets, new LabelledRows(Feedback, served), tables, _blobs);
        Workflows
            .AddRollout(tables, Endpoints, Registry, cache, Traffic, time, log)
            .AddMonitoring(tables, _blobs, _engine, new DriftMonitor(Registry, Datasets, Log), new PerformanceMonitor(Registry, Feedback), data, sinks, time, log)
            .AddPipelines(Pipelines, _blobs, parser, Datasets, Tracker, trainer, Models, Registry, Monitors, "test");
    }

    public TimeProvider Time { get; }

    public WorkflowCatalog Workflows { get; }

    public IWorkflowClient Engine => _engine;

    public DatasetCatalog Datasets { get; }

    public ExperimentTracker Tracker { get; }

    public ModelStore Models { get; }

    public ModelRegistry Registry { get; }

    public EndpointStore Endpoints { get; }

    public TrafficStats Traffic { get; }

    public PredictionLog Log { get; }

    public Predictor Predictor { get; }

    public FeedbackStore Feedback { get; }

    public Monitors Monitors { get; }

    public Rollouts Rollouts { get; }

    public Domain.Pipelines.Pipelines Pipelines { get; }

    public Timers Timers { get; }

    public static async Task<PipelineWorld> OpenAsync(
        string folder, TimeProvider? time = null, IReadOnlyList<IAlertSink>? sinks = null, JournaledEngineOptions? options = null)
    {
        time ??= TimeProvider.System;
        SqliteEntityTable tables = await SqliteEntityTable.OpenAsync(Path.Combine(folder, "mlops.db"), time, default);
        var world = new PipelineWorld(tables, folder, time, sinks ?? [], options);
        await world._engine.StartAsync(default);
        return world;
    }

    /// <summary>Timers that have not ticked yet, as another host or the next start has them.</summary>
    public Timers NewTimers() => new(new MonitorTimer(_tables, _blobs, _engine), Pipelines, Rollouts);

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
        return await Pipelines.WaitAsync(run.Id, default).WaitAsync(TimeSpan.FromMinutes(2));
    }

    public async ValueTask DisposeAsync()
    {
        await _engine.DisposeAsync();
        await Log.DisposeAsync();
        await Traffic.DisposeAsync();
        _blobs.Dispose();
        await _tables.DisposeAsync();
    }
}
