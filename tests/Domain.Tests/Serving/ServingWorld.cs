using Microsoft.Extensions.Logging.Abstractions;
using MlOps.Domain.Experiments;
using MlOps.Domain.Registry;
using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Log;
using MlOps.Domain.Serving.Models;
using MlOps.Domain.Serving.Shadows;
using MlOps.Domain.Serving.Units;
using MlOps.Domain.Storage;
using MlOps.Embedded;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Tests.Serving;

/// <summary>Serving on real stores, with models that a test defines and a clock that it moves.</summary>
internal sealed class ServingWorld : IAsyncDisposable
{
    private readonly EmbeddedStores _stores = new();
    private readonly Dictionary<string, IModel> _models = [];
    private readonly System.Collections.Concurrent.ConcurrentDictionary<string, int> _away = [];

    public ServingWorld(IEntityTable? tables = null, IBlobStore? blobs = null, PredictionLogOptions? logOptions = null, long modelMemory = long.MaxValue, TimeSpan modelIdle = default)
    {
        Tables = tables ?? _stores.Tables;
        Blobs = blobs ?? _stores.Blobs;
        Registry = new ModelRegistry(_stores.Tables, Time);
        Endpoints = new EndpointStore(_stores.Tables, Time);
        Stats = NewStats();
        Log = NewLog(logOptions);
        Versions = new ServedVersions(Registry, Time, (model, version) => Router!.Known(model)?.Uses(version) == true);
        Policies = new LogPolicies(_stores.Tables, Registry, Time, NullLogger.Instance);
        Exposures = new ExposureStats(_stores.Tables, Time, new RandomIds(Time), NullLogger.Instance);
        Router = new Router(Endpoints, Exposures, Time, new OneId(), NullLogger.Instance);
        Models = new ModelCache((version, _) => Task.FromResult(Load(version)), modelMemory, Time, version => Router.Known(version.Model)?.Uses(version.Version) == true, modelIdle, Router.LookAsync);
        Shadows = new ShadowMirror(Router, Versions, Models, Stats, Log, Time, NullLogger.Instance);
        Readiness = new ModelReadiness(Router, Versions, Models);
        Predictor = new Predictor(Router, Versions, Models, Stats, Log, Policies, Shadows, Time, NullLogger.Instance);
        Feedback = new FeedbackStore(_stores.Tables, Versions, Log, Time, router: Router);
        Retention = new LogRetention(Policies, Feedback, Endpoints, Exposures, Blobs, Time, NullLogger.Instance);
    }

    public static CancellationToken None => CancellationToken.None;

    public Contracts.ManualTimeProvider Time => _stores.Time;

    public IEntityTable Tables { get; }

    public IBlobStore Blobs { get; }

    public ModelRegistry Registry { get; }

    public EndpointStore Endpoints { get; }

    public TrafficStats Stats { get; }

    public PredictionLog Log { get; }

    public ServedVersions Versions { get; }

    public ModelCache Models { get; }

    public LogPolicies Policies { get; }

    public Router Router { get; }

    public ExposureStats Exposures { get; }

    public ShadowMirror Shadows { get; }

    public Predictor Predictor { get; }

    public ModelReadiness Readiness { get; }

    public FeedbackStore Feedback { get; }

    public LogRetention Retention { get; }

    public TrafficStats NewStats() => new(Tables, Time, new RandomIds(Time), NullLogger.Instance);

    public PredictionLog NewLog(PredictionLogOptions? options = null) => new(Blobs, Time, new RandomIds(Time), NullLogger.Instance, options);

    /// <summary>Registers a model as the next version.</summary>
    public async Task<int> RegisterAsync(string name, IModel model)
    {
        string digest = $"digest-{_models.Count}";
        _models[digest] = model;
        var registration = new ModelRegistration(
            $"run-{_models.Count}", digest, 1, model.Trainer, model.Signature, new Dictionary<string, double>(), new RunLineage(null, null, null, null, null));
        return (await Registry.RegisterAsync(name, registration, "test", None)).Version;
    }

    /// <summary>Registers a version whose model file does not exist.</summary>
    public async Task<int> RegisterBrokenAsync(string name)
    {
        int version = await RegisterAsync(name, FakeModel.Constant(0));
        _models.Remove((await Registry.GetVersionAsync(name, version, None)).ModelDigest);
        return version;
    }

    /// <summary>The model file of a version is gone.</summary>
    public async Task BreakAsync(string name, int version) => _models.Remove((await Registry.GetVersionAsync(name, version, None)).ModelDigest);

    /// <summary>The store does not answer to so many loads of a version.</summary>
    public async Task AwayAsync(string name, int version, int loads) => _away[(await Registry.GetVersionAsync(name, version, None)).ModelDigest] = loads;

    public Task<Endpoint> ServeAsync(string name, params TrafficShare[] traffic) =>
        Endpoints.ApplyAsync(name, new TrafficChange(traffic, "test", null, null), None);

    public Task<PredictionResult> PredictAsync(string requestId, double tenure = 1, string? version = null, string? unit = null, string model = "churn") =>
        Predictor.PredictAsync(new PredictionRequest(model, version, Rows(tenure), requestId, unit), None);

    /// <summary>The model file of a version is there again.</summary>
    public async Task RepairAsync(string name, int version, IModel model) => _models[(await Registry.GetVersionAsync(name, version, None)).ModelDigest] = model;

    public static Table Rows(params double[] tenures) => new([new NumberColumn("tenure", tenures)]);

    public static async Task<MlOpsException> FailsAsync(ErrorKind kind, string code, Func<Task> act)
    {
        MlOpsException e = await Assert.ThrowsAsync<MlOpsException>(act);
        Assert.Equal((kind, code), (e.Kind, e.Code));
        return e;
    }

    public async Task<List<LoggedPrediction>> LoggedAsync(string model = "churn", PredictionLog? log = null)
    {
        var rows = new List<LoggedPrediction>();
        await foreach (LoggedPrediction row in (log ?? Log).ReadAsync(model, DateTimeOffset.MinValue, DateTimeOffset.MaxValue, int.MaxValue, None))
            rows.Add(row);
        return rows;
    }

    private IModel Load(ModelVersion version) =>
        _away.AddOrUpdate(version.ModelDigest, -1, (_, left) => left - 1) < 0 ? _models[version.ModelDigest] : throw MlOpsException.Unavailable("store-away", "the store of model files does not answer");

    /// <summary>The numbers that the router draws are the same in every run.</summary>
    private sealed class OneId : IIdSource
    {
        public string NewId() => "one";
    }

    public async ValueTask DisposeAsync()
    {
        await Shadows.DisposeAsync();
        await Log.DisposeAsync();
        await Exposures.DisposeAsync();
        await Stats.DisposeAsync();
        await _stores.DisposeAsync();
    }
}
