using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using MlOps.Domain.Experiments;
using MlOps.Domain.Registry;
using MlOps.Domain.Serving.Log;
using MlOps.Domain.Serving.Models;
using MlOps.Domain.Training;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Tests.Serving;

/// <summary>What a version answers before it answers anybody.</summary>
public sealed class WarmUpTests : IAsyncLifetime
{
    private static readonly ModelSignature AllKinds = new(
        LearningTask.Regression, "y",
        [
            new FeatureSignature("number", ColumnType.Number, true),
            new FeatureSignature("flag", ColumnType.Boolean, true),
            new FeatureSignature("kind", ColumnType.Category, true, ["a", "b"]),
            new FeatureSignature("note", ColumnType.Text, true),
            new FeatureSignature("at", ColumnType.Timestamp, true),
        ],
        []);

    private readonly EmbeddedStores _stores = new();
    private readonly List<Table> _scored = [];
    private ExperimentTracker _tracker = null!;
    private ModelRegistry _registry = null!;
    private LogPolicies _policies = null!;

    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task Run_WithExampleRows_ReplaysThemAsTheyWere()
    {
        Table rows = Rows(100);
        await StoreAsync(ExampleRows.Write(rows, AllKinds));

        await RunAsync(Model(table => new double[table.RowCount]));

        Table replayed = Assert.Single(_scored);
        Assert.Equal(ExampleRows.Most, replayed.RowCount);
        for (int i = 0; i < ExampleRows.Most; i++)
            Assert.All(AllKinds.Inputs, f => Assert.Equal(rows[f.Name].Format(i * 100 / ExampleRows.Most), replayed[f.Name].Format(i)));
    }

    [Theory]
    [InlineData(true, "'m/1' failed on 16 example rows of its training, so that it takes no traffic: out of trees")]
    [InlineData(false, "'m/1' failed on 16 example rows of its training, so that it takes no traffic: the model gave NaN as score 0")]
    public async Task Run_OfAModelThatFails_SaysSo(bool throws, string message)
    {
        await StoreAsync(ExampleRows.Write(Rows(100), AllKinds));

        MlOpsException e = await ServingWorld.FailsAsync(ErrorKind.Unavailable, "model-warmup", () => RunAsync(
            throws ? Model(_ => throw new InvalidOperationException("out of trees")) : Model(rows => [.. Enumerable.Repeat(double.NaN, rows.RowCount)])));

        Assert.StartsWith(message, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_OfAModelThatFailsOnRowsWithARedactedFeature_DoesNotQuoteThem()
    {
        await StoreAsync(ExampleRows.Write(Rows(100), AllKinds));
        await _registry.RegisterAsync("m", new ModelRegistration("r", "a", 1, "fake", AllKinds, new Dictionary<string, double>(), new RunLineage(null, null, null, null, null)), "t", None);
        await _policies.SetAsync("m", LogPolicy.Default with { Redact = new Dictionary<string, Redaction> { ["note"] = Redaction.Drop } }, "t", None);

        MlOpsException e = await ServingWorld.FailsAsync(ErrorKind.Unavailable, "model-warmup", () => RunAsync(
            Model(rows => throw new InvalidOperationException($"what is '{rows["note"].Format(1)}'?"))));

        Assert.Equal(
            "'m/1' failed on 16 example rows of its training, so that it takes no traffic: InvalidOperationException (the rest is left out, since features of the model are redacted); train it again, or register another version",
            e.Message);
        Assert.Null(e.InnerException);
    }

    [Fact]
    public async Task Run_WithoutExample_MakesRowsUpAndForgivesWhatTheyGive()
    {
        await RunAsync(Model(rows => [.. Enumerable.Repeat(double.NaN, rows.RowCount)]));

        Table madeUp = Assert.Single(_scored);
        Assert.Equal(["1", "true", "a", "a"], AllKinds.Inputs.Take(4).Select(f => madeUp[f.Name].Format(0)));
        Assert.All(AllKinds.Inputs, f => Assert.True(madeUp[f.Name].IsMissing(1)));
    }

    [Fact]
    public async Task Run_WithAnExampleThatIsNone_MakesRowsUp()
    {
        await StoreAsync(new MemoryStream(Encoding.UTF8.GetBytes("[{\"number\": \"none\"}")));

        await RunAsync(Model(rows => new double[rows.RowCount]));

        Assert.Equal(2, Assert.Single(_scored).RowCount);
    }

    [Fact]
    public async Task Run_OfAModelWithoutInputs_ScoresARow()
    {
        await RunAsync(new FakeModel(rows => new double[rows.RowCount], AllKinds with { Inputs = [] }));

        Assert.Empty(_scored);
    }

    public Task InitializeAsync()
    {
        _tracker = new ExperimentTracker(_stores.Tables, _stores.Blobs, _stores.Time);
        _registry = new ModelRegistry(_stores.Tables, _stores.Time);
        _policies = new LogPolicies(_stores.Tables, _registry, _stores.Time, NullLogger.Instance);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await _stores.DisposeAsync();

    private static Table Rows(int count)
    {
        int[] rows = [.. Enumerable.Range(0, count)];
        return new Table([
            new NumberColumn("number", [.. rows.Select(i => i % 5 == 0 ? double.NaN : i / 7.0)]),
            new BooleanColumn("flag", [.. rows.Select(i => (sbyte)((i % 3) - 1))]),
            CategoryColumn.From("kind", rows.Select(i => i % 4 == 0 ? null : i % 2 == 0 ? "a" : "b")),
            new TextColumn("note", [.. rows.Select(i => i % 6 == 0 ? null : $"é{i}")]),
            new TimestampColumn("at", [.. rows.Select(i => i % 7 == 0 ? TimestampColumn.Missing : DateTimeOffset.UnixEpoch.AddHours(i).UtcTicks)]),
            new NumberColumn("y", [.. rows.Select(i => (double)i)])]);
    }

    private FakeModel Model(Func<Table, double[]> score) => new(
        rows =>
        {
            _scored.Add(rows);
            return score(rows);
        },
        AllKinds);

    private Task RunAsync(IModel model) =>
        new WarmUp(_tracker, _policies, NullLogger.Instance).RunAsync(ModelCacheTests.Version("a"), model, None);

    private async Task StoreAsync(Stream example)
    {
        await _tracker.StartRunAsync(new RunStart("r", "e", "n", new RunLineage(null, null, null, null, null), new Dictionary<string, string>()), None);
        await _tracker.LogArtifactAsync("r", ExampleRows.Path, example, None);
    }
}
