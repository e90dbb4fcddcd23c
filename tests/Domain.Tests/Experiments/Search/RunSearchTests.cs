using FsCheck;
using FsCheck.Fluent;
using MlOps.Domain.Experiments;
using MlOps.Domain.Experiments.Search;

namespace MlOps.Domain.Tests.Experiments.Search;

public sealed class RunSearchTests : TrackerTest
{
    private static readonly string[] Keys = ["loss", "val loss", "a.b"];
    private static readonly double[] Values = [double.NaN, double.PositiveInfinity, -1, 0, 0.5, 1, 2];

    [Fact]
    public async Task Search_OfRandomRuns_FindsWhatALoopOverAllRunsFinds()
    {
        string id = await FillAsync(60, 7);
        List<Run> all = [];
        await foreach (Run listed in Tracker.ListRunsAsync("churn", None))
            all.Add(listed);
        Assert.Equal(60, all.Count);
        Gen<(string Text, Func<Run, bool> Naive)> clause = Clauses();
        Gen<(string Text, Func<Run, bool> Naive)> filter = clause.Two().Select(two => ($"({two.Item1.Text}) AND {two.Item2.Text}", (Func<Run, bool>)(r => two.Item1.Naive(r) && two.Item2.Naive(r))))
            .Or(clause.Two().Select(two => ($"{two.Item1.Text} OR {two.Item2.Text}", (Func<Run, bool>)(r => two.Item1.Naive(r) || two.Item2.Naive(r))))).Or(clause);
        var asked = filter.SelectMany(f => Gen.Elements(Keys).SelectMany(key => Gen.Elements(true, false).Select(desc => (f, key, desc))));

        Prop.ForAll(asked.ToArbitrary(), one =>
        {
            string[] found = [.. WalkAsync(new RunQuery([id]) { Filter = one.f.Text, OrderBy = [$"metrics.`{one.key}` {(one.desc ? "DESC" : "ASC")}"], Limit = 7 }).GetAwaiter().GetResult()];
            string[] expected = [.. Ordered(all.Where(one.f.Naive), one.key, one.desc).Select(r => r.Id)];
            return found.SequenceEqual(expected).Label($"{one.f.Text} by {one.key}: {string.Join(' ', found)} for {string.Join(' ', expected)}");
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public async Task Search_AfterEveryKindOfChange_SeesItAtOnce()
    {
        ExperimentTracker other = NewTracker();
        string id = (await Tracker.EnsureExperimentAsync("churn", None)).Id;
        await StartAsync("r1");
        Assert.Equal(["r1"], await FindAsync(Tracker, id, ""));
        Assert.Equal(["r1"], await FindAsync(other, id, ""));

        await Tracker.LogMetricsAsync("r1", [Point("auc", 0.8)], None);
        Assert.Equal(["r1"], await FindAsync(Tracker, id, "metrics.auc > 0.7"));
        Assert.Equal(["r1"], await FindAsync(other, id, "metrics.auc > 0.7"));

        await other.SetTagsAsync("r1", Texts(("team", "crm")), None);
        Assert.Equal(["r1"], await FindAsync(Tracker, id, "tags.team = 'crm'"));

        await other.DeleteRunAsync("r1", None);
        Assert.Empty(await FindAsync(Tracker, id, ""));
        Assert.Equal(["r1"], await FindAsync(Tracker, id, "", LifecycleView.Deleted));

        await other.RestoreRunAsync("r1", None);
        await Tracker.Catalog.DeleteAsync(id, None);
        Assert.Empty(await FindAsync(Tracker, id, ""));
        Assert.Equal(["r1"], await FindAsync(other, id, "", LifecycleView.All));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(150)]
    public async Task Search_AfterOtherProcessesWroteManyRuns_SeesAll(int runs)
    {
        ExperimentTracker[] others = [NewTracker(), NewTracker()];
        await StartAsync("first");
        string id = (await Tracker.GetExperimentAsync("churn", None)).Id;
        Assert.Single(await FindAsync(Tracker, id, ""));

        await Task.WhenAll(Enumerable.Range(0, runs).Select(i => others[i % 2].StartRunAsync(new RunStart($"o{i}", "churn", "x", RunLineage.None, RunChanges.NoTexts), None)));

        Assert.Equal(runs + 1, (await FindAsync(Tracker, id, "")).Count);
        await others[0].LogMetricsAsync("o1", [Point("m", 1)], None);
        await Tracker.LogMetricsAsync("o2", [Point("m", 2)], None);
        Assert.Equal(["o1", "o2"], (await FindAsync(Tracker, id, "metrics.m > 0")).Order());
        Assert.Equal(["o1", "o2"], (await FindAsync(others[1], id, "metrics.m > 0")).Order());
    }

    [Fact]
    public async Task Pages_WhileRunsAreAdded_NeitherRepeatNorMiss()
    {
        string id = await FillAsync(20, 3);
        var query = new RunQuery([id]) { Limit = 6 };
        RunPage first = await Tracker.Search.SearchAsync(query, None);
        await StartAsync("newest");
        List<string> rest = [.. await WalkAsync(query with { Continuation = first.Continuation })];

        Assert.Equal(20, first.Runs.Select(r => r.Id).Concat(rest).Distinct().Count());
        Assert.Equal(14, rest.Count);
        Assert.DoesNotContain("newest", rest);
        await FailsAsync(ErrorKind.Invalid, "page-token", () => Tracker.Search.SearchAsync(query with { Filter = "status = 'RUNNING'", Continuation = first.Continuation }, None));
        await FailsAsync(ErrorKind.Invalid, "page-token", () => Tracker.Search.SearchAsync(query with { Continuation = "garbage" }, None));
    }

    [Fact]
    public async Task Search_ByAttributesAndDatasets_OfSeveralExperiments()
    {
        await Tracker.StartRunAsync(new RunStart("a1", "a", "first", new RunLineage("telco@3", "d9"), Texts(("mlflow.runName", "first")), "ann"), None);
        await Tracker.StartRunAsync(new RunStart("b1", "b", "second", RunLineage.None, RunChanges.NoTexts, "bob"), None);
        await Tracker.LogAsync("b1", new RunChanges { Inputs = [new DatasetInput("iris", "d1", "local", "{}") { Tags = Texts(("mlflow.data.context", "eval")) }] }, None);
        await Tracker.EndRunAsync("b1", RunStatus.Finished, null, None);
        string[] ids = [.. (await Tracker.ListExperimentsAsync(None)).Select(e => e.Id)];
        foreach ((string filter, string[] expected) in new (string, string[])[]
        {
            ("run_name LIKE 'f%'", ["a1"]), ("attributes.status = 'FINISHED'", ["b1"]), ("run.user_id != 'ann'", ["b1"]), ("run_id IN ('a1','x')", ["a1"]),
            ("dataset.name = 'telco@3'", ["a1"]), ("datasets.context IN ('eval', 'training') AND datasets.digest LIKE 'd%'", ["a1", "b1"]), ("tags.mlflow.runName = 'first'", ["a1"]),
            ("attribute.end_time > 0", ["b1"]), ($"artifact_uri LIKE 'mlflow-artifacts:/%/a1/artifacts'", ["a1"]), ("created > 0", ["a1", "b1"]), ("`Run name` = 'second'", ["b1"]),
        })
            Assert.Equal(expected, (await Tracker.Search.SearchAsync(new RunQuery(ids) { Filter = filter, OrderBy = ["run_id"] }, None)).Runs.Select(r => r.Id));
        Assert.Equal(["b1"], (await FindAsync(Tracker, (await Tracker.GetExperimentAsync("b", None)).Id, "")));
        await FailsAsync(ErrorKind.Invalid, "filter-invalid", () => Tracker.Search.SearchAsync(new RunQuery([]) { Filter = "nothing.x = 1" }, None));
        await FailsAsync(ErrorKind.Invalid, "filter-invalid", () => Tracker.Search.SearchAsync(new RunQuery(ids) { OrderBy = ["metrics.a UP"] }, None));
        await FailsAsync(ErrorKind.Invalid, "filter-invalid", () => Tracker.Search.SearchAsync(new RunQuery(ids) { OrderBy = ["datasets.name"] }, None));
    }

    private static Gen<(string Text, Func<Run, bool> Naive)> Clauses()
    {
        Gen<(string, Func<Run, bool>)> metrics = Gen.Elements(Keys).SelectMany(key => Gen.Elements("=", "!=", "<", ">=").SelectMany(op => Gen.Elements(-1.0, 0, 0.5, 1).Select(value =>
            (FormattableString.Invariant($"metrics.\"{key}\" {op} {value}"), (Func<Run, bool>)(r => r.Metrics.TryGetValue(key, out double v) && (op switch { "=" => v == value, "!=" => v != value, "<" => v < value, _ => v >= value }))))));
        Gen<(string, Func<Run, bool>)> tags = Gen.Elements("ä_1", "B", "none").SelectMany(value => Gen.Elements("=", "!=").Select(op =>
            ($"tags.t {op} '{value}'", (Func<Run, bool>)(r => r.Tags.TryGetValue("t", out string? v) && v == value == (op == "=")))));
        Gen<(string, Func<Run, bool>)> parameters = Gen.Elements(("params.p ILIKE 'b%'", (Func<Run, bool>)(r => r.Params.TryGetValue("p", out string? v) && v.StartsWith('B'))), ("params.p IS NULL", r => !r.Params.ContainsKey("p")));
        return metrics.Or(tags).Or(parameters);
    }

    private static IEnumerable<Run> Ordered(IEnumerable<Run> runs, string key, bool descending)
    {
        int Rank(Run r) => !r.Metrics.TryGetValue(key, out double v) ? 2 : double.IsNaN(v) ? 1 : 0;
        double Value(Run r) => Rank(r) == 0 ? descending ? -r.Metrics[key] : r.Metrics[key] : 0;
        return runs.OrderBy(Rank).ThenBy(Value).ThenByDescending(r => r.StartedAt).ThenBy(r => r.Id, StringComparer.Ordinal);
    }

    /// <summary>Runs with random metrics, params and tags, some of them missing, several of one start.</summary>
    private async Task<string> FillAsync(int count, int seed)
    {
        var random = new Learning.SeededRandom((ulong)seed);
        string id = (await Tracker.EnsureExperimentAsync("churn", None)).Id;
        for (int i = 0; i < count; i++)
        {
            await StartAsync($"r{i}");
            MetricPoint[] points = [.. Keys.Where(_ => random.NextDouble() < 0.7).Select(k => Point(k, Values[(int)(random.NextDouble() * Values.Length)]))];
            await Tracker.LogAsync($"r{i}", new RunChanges { Metrics = points, Params = random.NextDouble() < 0.5 ? Texts(("p", i % 2 == 0 ? "Big" : "small")) : RunChanges.NoTexts, Tags = random.NextDouble() < 0.5 ? new Dictionary<string, string?> { ["t"] = i % 3 == 0 ? "ä_1" : "B" } : new Dictionary<string, string?>() }, None);
            if (i % 3 == 0)
                Stores.Time.Advance(TimeSpan.FromMilliseconds(5));
        }

        return id;
    }

    private async Task<List<string>> WalkAsync(RunQuery query)
    {
        var ids = new List<string>();
        string? next = query.Continuation;
        do
        {
            RunPage page = await Tracker.Search.SearchAsync(query with { Continuation = next }, None);
            ids.AddRange(page.Runs.Select(r => r.Id));
            next = page.Continuation;
        }
        while (next is not null);
        return ids;
    }

    private static async Task<List<string>> FindAsync(ExperimentTracker tracker, string experiment, string filter, LifecycleView view = LifecycleView.Active) =>
        [.. (await tracker.Search.SearchAsync(new RunQuery([experiment]) { Filter = filter, View = view }, None)).Runs.Select(r => r.Id)];
}
