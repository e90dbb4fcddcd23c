using System.Text;
using FsCheck;
using FsCheck.Fluent;
using MlOps.Domain.Experiments;
using MlOps.Domain.Experiments.Search;

namespace MlOps.Domain.Tests.Experiments.Search;

/// <summary>A run is packed from the bytes that are stored, whatever its metrics are called.</summary>
public sealed class RunPackerTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private readonly KeyPool _pool = new();

    [Fact]
    public void Pack_OfAnyRunsOneAfterTheOther_HasTheMetricsOfEach() => Prop.ForAll<Tuple<NonNull<string>, double, long, long>[][]>(runs =>
    {
        var packer = new RunPacker(_pool);
        return runs.All(metrics => Same(Document(metrics.Select(m => (m.Item1.Get, new LatestMetric(m.Item2, m.Item3, m.Item4)))), packer));
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("m0 m1 m2", "m0 m1 m2")]
    [InlineData("m0 m1 m2", "m0 m2")]
    [InlineData("m0 m2", "m0 m1 m2")]
    [InlineData("m0 m1", "")]
    [InlineData("", "m0")]
    [InlineData("ä b", "ä ö")]
    [InlineData("quo\"ted \\ x", "x y")]
    public void Pack_OfARunWithOtherNamesThanTheOneBefore_HasItsOwn(string first, string second)
    {
        var packer = new RunPacker(_pool);
        foreach (string names in new[] { first, second, first })
            Assert.True(Same(Document(names.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select((name, i) => (name, new LatestMetric(i + 0.5, -i, i)))), packer));
    }

    /// <summary>Of another writer than ours: spaces, another order, what is unknown.</summary>
    [Theory]
    [InlineData("""{"id":"r","name":"n","startedAt":"2026-01-02T03:04:05Z","metrics":{ "a" : {"v":1,"s":2,"t":3}}}""")]
    [InlineData("""{"id":"r","name":"n","startedAt":"2026-01-02T03:04:05Z","metrics":{"a":{"s":2,"v":1,"t":3}}}""")]
    [InlineData("""{"id":"r","name":"n","metrics":{"a":{"v":1,"s":2,"t":3}},"startedAt":"2026-01-02T03:04:05Z"}""")]
    [InlineData("""{"id":"r","name":"n","startedAt":"2026-01-02T03:04:05Z","metrics":{"a":{"v":1,"s":2,"t":3,"x":4}}}""")]
    [InlineData("""{"id":"r","name":"n","startedAt":"2026-01-02T03:04:05Z","metrics":{"a":{"v":1e0,"s":2,"t":3}},"more":{}}""")]
    public void Pack_OfADocumentThatIsWrittenOtherwise_IsReadAllTheSame(string json)
    {
        PackedRun run = new RunPacker(_pool).Pack(Encoding.UTF8.GetBytes(json));

        Assert.True(run.Metrics.TryGet(_pool.Find("a"), out double value));
        Assert.Equal((1, 1.0, "r", Start), (run.Metrics.Count, value, run.Id, run.StartedAt));
    }

    private static RunDocument Document(IEnumerable<(string Name, LatestMetric Metric)> metrics)
    {
        var document = new RunDocument { Id = "r", ExperimentId = "1", Name = "n", StartedAt = Start };
        foreach ((string name, LatestMetric metric) in metrics)
            document.Metrics[name] = metric;
        return document;
    }

    private bool Same(RunDocument document, RunPacker packer)
    {
        byte[] stored = document.Write();
        // What is stored holds no half of a character.
        RunDocument expected = RunDocument.Read(stored, null);
        PackedRun run = packer.Pack(stored);
        return run.Metrics.Count == expected.Metrics.Count
            && expected.Metrics.All(m => run.Metrics.TryGet(_pool.Find(m.Key), out double value) && value.Equals(m.Value.V));
    }
}
