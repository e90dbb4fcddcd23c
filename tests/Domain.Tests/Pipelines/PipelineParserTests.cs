using MlOps.Domain.Evaluation;
using MlOps.Domain.Pipelines;
using MlOps.Domain.Pipelines.Reading;
using MlOps.Domain.Training;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Tests.Pipelines;

public sealed class PipelineParserTests
{
    private static readonly PipelineParser Parser = new(TrainerCatalog.Default);

    private const string Smallest = """
        name: churn
        dataset: telco
        task: binary
        target: churn
        trainer: { use: gbdt }

        """;

    [Fact]
    public void Parse_SmallestFile_FillsDefaults()
    {
        PipelineSpec spec = Parser.Parse(Smallest, "p.yaml");

        Assert.Equal("churn", spec.Model);
        Assert.Equal("auc", spec.Metric);
        Assert.Equal(new SplitSpec(0.2, 0.1), spec.Split);
        Assert.Equal("gbdt", Assert.Single(spec.Trainers).Name);
        Assert.Null(spec.DatasetVersion);
        Assert.Null(spec.Rollout);
        Assert.Null(spec.Monitoring);
        Assert.Null(spec.ScheduleEvery);
        Assert.False(spec.TriggerOnNewData);
    }

    [Fact]
    public void Parse_TelcoSample_ReadsEverySection()
    {
        PipelineSpec spec = Parser.Parse(RepoFiles.Read("samples/telco-churn.pipeline.yaml"), "telco.yaml");

        Assert.Equal(LearningTask.Binary, spec.Task);
        Assert.Equal("Yes", spec.PositiveClass);
        Assert.Equal(0.15, spec.Split.Validation);
        Assert.Equal(["trees", "logistic"], spec.Trainers.Select(t => t.Name));
        Assert.Equal("120", spec.Trainers[0].Parameters["trees"]);
        Assert.Equal(ColumnType.Number, spec.Schema.Columns.Single(c => c.Column == "tenure").Type);
        Assert.Equal(0.01, spec.Schema.Columns.Single(c => c.Column == "total_charges").MaxMissing);
        Assert.Equal(0.1, spec.Gates.Single(g => g.Kind == GateKind.Fairness).MaxDifference);
        Assert.Equal([10.0, 50, 100], spec.Rollout!.Steps);
        Assert.Equal(TimeSpan.FromMilliseconds(500), spec.Rollout.CheckEvery);
        Assert.Equal(TimeSpan.FromSeconds(2), spec.Rollout.Bake);
        Assert.True(spec.Monitoring!.Retrain!.WithFeedback);
        Assert.Equal("churn", spec.Model);
        Assert.True(spec.TriggerOnNewData);
    }

    [Theory]
    [InlineData("samples/diamonds.pipeline.yaml", LearningTask.Regression, "diamond-price")]
    [InlineData("samples/letters.pipeline.yaml", LearningTask.Multiclass, "letters")]
    public void Parse_OtherSamples_AreValid(string file, LearningTask task, string model)
    {
        PipelineSpec spec = Parser.Parse(RepoFiles.Read(file), file);

        Assert.Equal(task, spec.Task);
        Assert.Equal(model, spec.Model);
    }

    [Fact]
    public void TryParse_ManyMistakes_ReportsAllInTextOrderWithPositions()
    {
        const string yaml = """
            name: my churn
            dataset: telco@x
            task: binery
            target: churn
            trainner: { use: gbdt }
            split:
              test: 20
              validaton: 10%
            gates:
              absolute:
                - { metric: aucc, atLeast: high }
            rollout:
              bake: 5 minutes
              steps: [50%, 10%]
            """;

        PipelineParse parse = Parser.TryParse(yaml, "p.yaml");

        Assert.Null(parse.Spec);
        string[] problems = [.. parse.Problems.Select(p => p.ToString())];
        Assert.Collection(
            problems,
            p => Assert.StartsWith("p.yaml:1:1: trainer: 'trainer' or 'trainers' is missing", p),
            p => Assert.StartsWith("p.yaml:1:7: name: 'my churn' is no name", p),
            p => Assert.StartsWith("p.yaml:2:10: dataset: 'telco@x' names no data set version", p),
            p => Assert.Equal("p.yaml:3:7: task: 'binery' is not one of binary, multiclass, regression; did you mean 'binary'?", p),
            p => Assert.StartsWith("p.yaml:5:1: unknown key 'trainner'; did you mean 'trainer'? (known: name,", p),
            p => Assert.Equal("p.yaml:7:9: split.test: 20 is out of range: allowed 1% to 90%", p),
            p => Assert.StartsWith("p.yaml:8:3: split: unknown key 'validaton'; did you mean 'validation'?", p),
            p => Assert.StartsWith("p.yaml:11:17: gates.absolute[0].metric: 'aucc' is not one of auc,", p),
            p => Assert.Equal("p.yaml:11:32: gates.absolute[0].atLeast: 'high' is not a number", p),
            p => Assert.StartsWith("p.yaml:13:9: rollout.bake: '5 minutes' is not a duration", p),
            p => Assert.StartsWith("p.yaml:14:10: rollout.steps: '10%' does not rise", p));
    }

    [Fact]
    public void Parse_WithMistakes_ThrowsOneErrorWithALineForEach()
    {
        var error = Assert.Throws<MlOpsException>(() => Parser.Parse("name: a\nfoo: 1\n", "p.yaml"));

        Assert.Equal((ErrorKind.Invalid, "pipeline-invalid"), (error.Kind, error.Code));
        Assert.StartsWith("p.yaml has 5 mistakes:\n", error.Message);
        Assert.Equal(6, error.Message.Split('\n').Length);
    }

    [Theory]
    [InlineData("", "is empty or no mapping")]
    [InlineData("- a\n- b\n", "is empty or no mapping")]
    [InlineData("name: a\n---\nname: b\n", "several YAML documents")]
    [InlineData("name: [a\n", "not YAML")]
    [InlineData("name: a\nname: b\n", "not YAML")]
    public void TryParse_NoPipelineAtAll_SaysSo(string yaml, string expected)
    {
        PipelineProblem problem = Assert.Single(Parser.TryParse(yaml, "p.yaml").Problems);

        Assert.Contains(expected, problem.Message);
        Assert.True(problem.Line >= 1);
    }

    [Theory]
    [InlineData("positiveClass: 1\ntask: regression", "belongs to a binary task only")]
    [InlineData("monitoring: { drift: {} }", "there is no 'rollout'")]
    [InlineData("monitoring: {}\nrollout: {}", "watches nothing")]
    [InlineData("monitoring: { drift: {}, retrain: { on: [performance] } }\nrollout: {}", "'performance' never happens")]
    [InlineData("features: { include: [a, churn] }", "holds the target 'churn'")]
    [InlineData("features: { include: [a], exclude: [b] }", "either 'include' or 'exclude'")]
    [InlineData("split: { test: 60%, validation: 40% }", "less than 5%")]
    [InlineData("split: { stratify: a, time: b }", "cannot be stratified as well")]
    [InlineData("split: { folds: 1 }", "one fold leaves nothing")]
    [InlineData("gates: { absolute: [{ metric: auc }] }", "a limit is missing")]
    [InlineData("gates: { absolute: { metric: auc } }", "must be a list")]
    [InlineData("gates: { champion: [{ metric: auc, unmeasured: pass }] }", "needs an absolute gate beside it")]
    [InlineData("gates: { champion: [{ metric: auc, unmeasured: skip }] }", "gates.champion[0].unmeasured: 'skip' is not one of fail, pass")]
    [InlineData("gates: { fairness: [{ column: g, maxDifference: 0.1, minRatio: 80% }] }", "one of the two")]
    [InlineData("schedule: {}", "'every' is missing")]
    [InlineData("schedule: { every: 0s }", "out of range: allowed 1s to 3650d")]
    [InlineData("schedule: daily", "must be a mapping")]
    [InlineData("description: [a]", "must be one value")]
    [InlineData("description:", "has no value")]
    [InlineData("rollout: { bake: 2d }", "could never end")]
    [InlineData("registration: { approvalDeadline: 1h }", "nothing to wait for")]
    [InlineData("schema: { columns: { a: { type: numbr } } }", "schema.columns.a.type: 'numbr' is not one of number, category, boolean, timestamp, text; did you mean 'number'?")]
    [InlineData("schema: { columns: { a: { min: 2, max: 1 } } }", "2 is above max 1")]
    [InlineData("dataset: telco@3\ntrigger: { newData: true }", "pinned to one version")]
    [InlineData("trainers: [{ use: linear }]", "either 'trainer' (one) or 'trainers'")]
    [InlineData("trainer: { use: gdbt }", "trainer.use: 'gdbt' is not one of gbdt, linear; did you mean 'gbdt'?")]
    [InlineData("trainer: { use: gbdt, parameters: { tres: 5 } }", "trainer.parameters.tres: 'gbdt' has no such parameter; did you mean 'trees'?")]
    [InlineData("trainer: { use: gbdt, parameters: { trees: -5 } }", "trainer.parameters.trees: -5 is out of range")]
    [InlineData("trainer: { use: gbdt, parameters: { trees: many } }", "trainer.parameters.trees: 'many' is not a number")]
    [InlineData("trainer: { use: gbdt, parameters: { depth: 2.5 } }", "2.5 is not a whole number")]
    [InlineData("rollout: { minRequests: 0 }", "out of range: allowed 1 to")]
    [InlineData("trainer: { use: mlnet.gam }", "trainers named mlnet.* come with the package MlOps.MlNet")]
    [InlineData("rollout: { approval: maybe }", "'maybe' is not one of none, manual")]
    [InlineData("monitoring: { drift: {}, alert: { webhook: 'ftp://x' } }\nrollout: {}", "no http or https URL")]
    public void TryParse_Mistake_IsTheOnlyOneReported(string change, string expected)
    {
        string[] changed = [.. change.Split('\n').Select(l => l[..l.IndexOf(':', StringComparison.Ordinal)])];
        string kept = string.Join('\n', Smallest.Split('\n').Where(l => !changed.Any(c => l.StartsWith(c + ":", StringComparison.Ordinal))));

        PipelineProblem problem = Assert.Single(Parser.TryParse(kept + change + "\n", "p.yaml").Problems);

        Assert.Contains(expected, problem.ToString());
    }

    [Theory]
    [InlineData("30s", 30)]
    [InlineData("10m", 600)]
    [InlineData("1h30m", 5400)]
    [InlineData("1.5h", 5400)]
    [InlineData("2d", 172800)]
    [InlineData("500ms", 0.5)]
    public void ParseDuration_KnownUnits_Adds(string text, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), YamlValues.ParseDuration(text));

    [Theory]
    [InlineData("30")]
    [InlineData("-5s")]
    [InlineData("5 s")]
    [InlineData("s")]
    [InlineData("1y")]
    public void ParseDuration_Other_IsNone(string text) => Assert.Null(YamlValues.ParseDuration(text));

    [Fact]
    public void Documentation_ListsExactlyTheKeysTheParserReads()
    {
        string[] documented = [.. RepoFiles.Read("docs/pipeline-file.md").Split('\n')
            .Where(l => l.StartsWith("| `", StringComparison.Ordinal))
            .Select(l => l[3..l.IndexOf('`', 3)])];
        const string everything = """
            name: a
            dataset: a
            task: binary
            target: t
            trainer: { use: a, parameters: { x: 1 } }
            trainers: [{ use: b, parameters: { x: 1 } }]
            schema: { columns: { c: {} } }
            features: {}
            split: {}
            gates: { absolute: [{}], champion: [{}], fairness: [{}] }
            registration: {}
            rollout: {}
            monitoring: { drift: {}, performance: {}, alert: {}, retrain: {} }
            schedule: {}
            trigger: {}
            """;

        Assert.Equal(Parser.TryParse(everything, "all").Keys, documented.Order(StringComparer.Ordinal));
    }
}
