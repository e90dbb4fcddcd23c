using Microsoft.Extensions.Logging.Abstractions;
using MlOps.Contracts;
using MlOps.Domain;
using MlOps.Domain.Datasets;
using MlOps.Domain.Pipelines;
using MlOps.Domain.Registry;
using MlOps.Domain.Training;
using MlOps.Domain.Workflows;
using MlOps.Embedded;
using MlOps.Embedded.Storage;
using MlOps.Embedded.Workflows;
using MlOps.Learning;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.MlNet.Tests;

/// <summary>Families named in a pipeline file, on a whole platform that was given them by one call.</summary>
public sealed class PipelineTests : IAsyncLifetime
{
    private const string Yaml = """
        name: churn
        dataset: telco
        task: binary
        target: churn
        trainers:
          - use: mlnet.fasttree
            parameters: { trees: 20 }
          - use: mlnet.sdca
        gates:
          absolute: [{ metric: auc, atLeast: 0.8 }]
        rollout: { strategy: direct }

        """;

    private readonly TempDirectory _folder = new();
    private SqliteEntityTable _tables = null!;
    private FileBlobStore _blobs = null!;
    private JournaledEngine _engine = null!;
    private Platform _platform = null!;
    private HttpClient _http = null!;

    public async Task InitializeAsync()
    {
        TimeProvider time = TimeProvider.System;
        _tables = await SqliteEntityTable.OpenAsync(Path.Combine(_folder.FullPath, "mlops.db"), time, default);
        _blobs = new FileBlobStore(Path.Combine(_folder.FullPath, "blobs"), time);
        _http = new HttpClient();
        var catalog = new WorkflowCatalog();
        _engine = new JournaledEngine(_tables, catalog, time, NullLogger.Instance, null);
        _platform = new Platform(new PlatformPorts
        {
            Tables = _tables,
            Blobs = _blobs,
            Workflows = _engine,
            Time = time,
            Ids = new RandomIds(time),
            Logs = NullLoggerFactory.Instance,
            Http = _http,
            CodeVersion = "test",
            Trainers = MlNetTrainers.AddTo(TrainerCatalog.Default),
            Limits = new TrainingLimits { Memory = 3L << 30, Time = TimeSpan.FromMinutes(25), Advice = "take the large one" },
        });
        _platform.AddTo(catalog);
        await _engine.StartAsync(default);
        await using FileStream telco = File.OpenRead(Path.Combine(AppContext.BaseDirectory, "data", "telco-churn.csv"));
        await _platform.Datasets.AddAsync("telco", telco, new DatasetAddOptions { Source = "telco-churn.csv" }, default);
    }

    public async Task DisposeAsync()
    {
        await _engine.DisposeAsync();
        await _platform.DisposeAsync();
        await _tables.DisposeAsync();
        _blobs.Dispose();
        _http.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Run_FamiliesAsCandidates_PromotesTheBestAndItsModelLoads()
    {
        await _platform.Pipelines.RegisterAsync(Yaml, "churn.yaml", "tester", default);
        PipelineRun run = await _platform.Pipelines.RunAsync("churn", new PipelineTrigger(TriggerReason.Manual, "tester"), default);
        run = await _platform.Pipelines.WaitAsync(run.Id, default).WaitAsync(TimeSpan.FromMinutes(5));

        Assert.Equal((PipelineRunState.Succeeded, PipelineEnd.Promoted), (run.State, run.Result?.End));
        Assert.Contains("train mlnet.fasttree", run.Steps.Select(s => s.Name));
        Assert.Contains("train mlnet.sdca", run.Steps.Select(s => s.Name));
        ModelVersion champion = await _platform.Registry.ResolveAsync(ModelSelector.Parse("churn@champion"), default);
        IModel model = await _platform.Models.LoadAsync(new ModelRef(champion.ModelDigest, champion.ModelSize), default);
        Assert.StartsWith("mlnet.", model.Trainer, StringComparison.Ordinal);
        Table rows = await Fits.SampleAsync("telco-churn.csv");
        Assert.True(Fits.Metrics(model, rows).Find("auc") > 0.8);
    }

    [Theory]
    [InlineData("mlnet.lbfgs", "{ textNgrams: 1000000, history: 1000 }", "instance-too-small", "first of all without 'story', a text of")]
    [InlineData("mlnet.gam", "{ iterations: 100000 }", "training-too-long", "cannot be stopped meanwhile")]
    public async Task Run_WhatWouldKillItsHost_IsRefusedWithAdvice(string family, string parameters, string code, string part)
    {
        var random = new SeededRandom(1);
        string Story() => string.Join(' ', Enumerable.Range(0, 500).Select(_ => $"w{random.Next(100_000)}"));
        string csv = "story,sold\n" + string.Join('\n', Enumerable.Range(0, 1_000).Select(i => $"{Story()},{(i % 2 == 0 ? "yes" : "no")}")) + "\n";
        using var content = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(csv));
        await _platform.Datasets.AddAsync("stories", content, new DatasetAddOptions { Source = "stories.csv" }, default);
        string yaml = $"name: stories\ndataset: stories\ntask: binary\ntarget: sold\ntrainer: {{ use: {family}, parameters: {parameters} }}\n";
        await _platform.Pipelines.RegisterAsync(yaml, "stories.yaml", "tester", default);

        PipelineRun run = await _platform.Pipelines.RunAsync("stories", new PipelineTrigger(TriggerReason.Manual, "tester"), default);
        run = await _platform.Pipelines.WaitAsync(run.Id, default).WaitAsync(TimeSpan.FromMinutes(5));

        Assert.Equal(code, run.Failure?.Code);
        Assert.Contains(part, run.Failure!.Message, StringComparison.Ordinal);
        Assert.Contains("take the large one", run.Failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Models_OfAFamily_AreStoredOnceAndLoadBack()
    {
        IModel model = Fits.Fit("mlnet.lightgbm", Fits.MixedSpec(LearningTask.Regression, ("trees", 5)), Fits.Mixed(200));
        ModelRef stored = await _platform.Models.SaveAsync(model, default);
        Assert.Equal(stored, await _platform.Models.SaveAsync(model, default));
        Assert.Equal(model.Score(Fits.Mixed(50)).Scores, (await _platform.Models.LoadAsync(stored, default)).Score(Fits.Mixed(50)).Scores);
    }

    [Theory]
    [InlineData("{ use: mlnet.fastree }", "did you mean 'mlnet.fasttree'?")]
    [InlineData("{ use: mlnet.gam, parameters: { trees: 5 } }", "'mlnet.gam' has no such parameter")]
    [InlineData("{ use: mlnet.lightgbm, parameters: { learningRate: 2 } }", "learningRate = 2 violates learningRate <= 1")]
    public void Parse_MistakeInAFamily_IsReported(string trainer, string expected)
    {
        string yaml = $"name: churn\ndataset: telco\ntask: binary\ntarget: churn\ntrainer: {trainer}\n";
        PipelineProblem problem = Assert.Single(_platform.PipelineParser.TryParse(yaml, "churn.yaml").Problems);
        Assert.Contains(expected, problem.ToString(), StringComparison.Ordinal);
    }
}
