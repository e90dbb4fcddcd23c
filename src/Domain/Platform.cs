using MlOps.Domain.Access;
using MlOps.Domain.Batch;
using MlOps.Domain.Datasets;
using MlOps.Domain.Experiments;
using MlOps.Domain.Gc;
using MlOps.Domain.Monitoring;
using MlOps.Domain.Pipelines;
using MlOps.Domain.Registry;
using MlOps.Domain.Registry.Sources;
using MlOps.Domain.Rollout;
using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Log;
using MlOps.Domain.Serving.Models;
using MlOps.Domain.Serving.Shadows;
using MlOps.Domain.Serving.Units;
using MlOps.Domain.Training;
using MlOps.Domain.Webhooks;
using MlOps.Domain.Workflows;

namespace MlOps.Domain;

/// <summary>
/// The domain put together over a host's ports: every façade, and every workflow and activity. What depends on what is read off here.
/// </summary>
public sealed class Platform : IAsyncDisposable
{
    private readonly ServedVersions _served;
    private readonly WebhookAddress _webhooks;
    private readonly WebhookSender _sender;
    private readonly NameLeftovers _leftovers;

    public Platform(PlatformPorts ports)
    {
        Ports = ports;
        _webhooks = new WebhookAddress(ports.Setting);
        (var tables, var blobs, var time, var ids) = (ports.Tables, ports.Blobs, ports.Time, ports.Ids);

        Access = new AccessTokens(tables, time, ports.SetupToken);
        Datasets = new DatasetCatalog(tables, blobs, time);
        Experiments = new ExperimentTracker(tables, blobs, time);
        EvaluationDatasets = new EvaluationDatasets.EvaluationDatasets(tables, Experiments.Catalog, time);
        Models = new ModelStore(blobs, ports.Trainers.Formats);
        Trainer = new ModelTrainer(Datasets, Experiments, Models, AutoTrainer.AddTo(ports.Trainers), time, ports.Limits, ports.Logs.CreateLogger("MlOps.Training"));
        var target = new WebhookTarget(ports.Setting);
        var subscribers = new WebhookTable(tables, new WebhookSecrets(ports.Setting));
        var notices = new WebhookQueue(tables, subscribers, time, ids);
        _sender = new WebhookSender(subscribers, target, time);
        Webhooks = new WebhookStore(subscribers, notices, _sender, target, time, ids);

        var turn = new ImportTurn(time);
        Registry = new ModelRegistry(tables, time, new SourceImports(Experiments, Models, turn, time, ports.ModelMemory), notices, (model, goOn, token) => _leftovers!.RemoveAsync(model, goOn, token));
        WebhookDeliveries = new WebhookDeliveries(subscribers, notices, _sender, Registry.WasMadeAsync, time, ports.Logs.CreateLogger("MlOps.Webhooks"));
        Imports = new ModelImports(Datasets, Experiments, Models, Registry, time, ports.ModelMemory, turn);

        Endpoints = new EndpointStore(tables, time);
        Removal = new ModelRemoval(Registry, Endpoints);
        bool HasTraffic(string model, int version) => Router!.Known(model)?.Uses(version) == true;
        TrafficStats = new TrafficStats(tables, time, ids, ports.Logs.CreateLogger("MlOps.Serving"), HasTraffic);
        PredictionLog = new PredictionLog(blobs, time, ids, ports.Logs.CreateLogger("MlOps.Serving"), ports.PredictionLog, Registry.IsFormersAsync);
        _served = new ServedVersions(Registry, time, HasTraffic);
        LogPolicies = new LogPolicies(tables, Registry, time, ports.Logs.CreateLogger("MlOps.Serving"), ports.Setting);
        Exposures = new ExposureStats(tables, time, ids, ports.Logs.CreateLogger("MlOps.Serving"));
        Router = new Router(Endpoints, Exposures, time, ids, ports.Logs.CreateLogger("MlOps.Serving"));
        var loader = new ModelLoader(Models, new WarmUp(Experiments, LogPolicies, ports.Logs.CreateLogger("MlOps.Serving")));
        ModelCache = new ModelCache(loader.LoadAsync, ports.ModelMemory, time, version => HasTraffic(version.Model, version.Version), ports.ModelIdle, (model, token) => Router.LookAsync(model, token));
        Exports = new ModelExports(ModelCache);
        Shadows = new ShadowMirror(Router, _served, ModelCache, TrafficStats, PredictionLog, time, ports.Logs.CreateLogger("MlOps.Serving"));
        Served = new ServedNames(Endpoints, time);
        Readiness = new ModelReadiness(Router, _served, ModelCache);
        Predictor = new Predictor(Router, _served, ModelCache, TrafficStats, PredictionLog, LogPolicies, Shadows, time, ports.Logs.CreateLogger("MlOps.Serving"));
        Feedback = new FeedbackStore(tables, _served, PredictionLog, time, router: Router);
        Retention = new LogRetention(LogPolicies, Feedback, Endpoints, Exposures, blobs, time, ports.Logs.CreateLogger("MlOps.Serving"));

        Rollouts = new Rollouts(tables, Endpoints, Registry, ModelCache, Sources, ports.Workflows, ids, time, ports.Logs.CreateLogger("MlOps.Rollout"));
        Monitors = new Monitors(tables, blobs, ports.Workflows, time, ids);
        _leftovers = new NameLeftovers(LogPolicies, PredictionLog, Feedback, Rollouts, Monitors);
        Batches = new BatchPredictions(tables, blobs, ports.Workflows, Datasets, Registry, time, ids, ports.Logs.CreateLogger("MlOps.Batch"));
        PipelineParser = new PipelineParser(ports.Trainers);
        Pipelines = new Pipelines.Pipelines(tables, blobs, ports.Workflows, PipelineParser, Datasets, _webhooks, time, ids, ports.Logs.CreateLogger("MlOps.Pipelines"));
        Garbage = new GarbageCollector(Experiments, Registry, Endpoints, Pipelines, Trainer, Datasets, Batches, Monitors, blobs, time, ports.Logs.CreateLogger("MlOps.Gc"));
        Timers = new Timers(new MonitorTimer(tables, blobs, ports.Workflows, ports.Logs.CreateLogger("MlOps.Monitoring")), Pipelines, Rollouts, ports.Logs.CreateLogger("MlOps.Pipelines"));
    }

    public PlatformPorts Ports { get; }

    public AccessTokens Access { get; }

    public DatasetCatalog Datasets { get; }

    public ExperimentTracker Experiments { get; }

    public EvaluationDatasets.EvaluationDatasets EvaluationDatasets { get; }

    public ModelStore Models { get; }

    public ModelTrainer Trainer { get; }

    public WebhookStore Webhooks { get; }

    public WebhookDeliveries WebhookDeliveries { get; }

    public ModelRegistry Registry { get; }

    public ModelImports Imports { get; }

    public ModelRemoval Removal { get; }

    public EndpointStore Endpoints { get; }

    public ModelCache ModelCache { get; }

    public ModelExports Exports { get; }

    public TrafficStats TrafficStats { get; }

    public PredictionLog PredictionLog { get; }

    public LogPolicies LogPolicies { get; }

    public Router Router { get; }

    public ExposureStats Exposures { get; }

    public ShadowMirror Shadows { get; }

    public Predictor Predictor { get; }

    public ServedNames Served { get; }

    public ModelReadiness Readiness { get; }

    public FeedbackStore Feedback { get; }

    public LogRetention Retention { get; }

    public Rollouts Rollouts { get; }

    public Monitors Monitors { get; }

    public BatchPredictions Batches { get; }

    public PipelineParser PipelineParser { get; }

    public Pipelines.Pipelines Pipelines { get; }

    public GarbageCollector Garbage { get; }

    public Timers Timers { get; }

    private RolloutSources Sources => new(TrafficStats, PredictionLog, Feedback, _served, Exposures, LogPolicies);

    /// <summary>Adds every workflow and activity to a host's catalog.</summary>
    public void AddTo(WorkflowCatalog catalog)
    {
        PlatformPorts p = Ports;
        var alerts = p.Logs.CreateLogger("MlOps.Monitoring");
        catalog
            .AddRollout(p.Tables, Endpoints, Registry, ModelCache, Sources, p.Time, p.Logs.CreateLogger("MlOps.Rollout"))
            .AddBatch(p.Tables, p.Blobs, Datasets, Registry, ModelCache, p.Time, p.Logs.CreateLogger("MlOps.Batch"))
            .AddMonitoring(
                p.Tables, p.Blobs, p.Workflows,
                new DriftMonitor(Registry, Datasets, PredictionLog, LogPolicies),
                new PerformanceMonitor(Registry, Feedback, LogPolicies),
                new RetrainData(Datasets, new LabelledRows(Feedback, _served), p.Tables, p.Blobs),
                [new LogAlertSink(alerts), new WebhookAlertSink(p.Http, _webhooks), .. p.AlertSinks],
                p.Time, alerts)
            .AddPipelines(Pipelines, p.Blobs, PipelineParser, Datasets, Experiments, Trainer, Models, Registry, Monitors, LogPolicies, p.CodeVersion);
    }

    /// <summary>Writes out what is buffered: the prediction log and the traffic counters.</summary>
    public async ValueTask DisposeAsync()
    {
        await Shadows.DisposeAsync();
        await PredictionLog.DisposeAsync();
        await Exposures.DisposeAsync();
        await TrafficStats.DisposeAsync();
        await WebhookDeliveries.DisposeAsync();
        _sender.Dispose();
    }
}
