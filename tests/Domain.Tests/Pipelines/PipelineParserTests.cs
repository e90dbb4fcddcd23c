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
            p => Assert.StartsWith("p.yaml:14:16: rollout.steps[1]: '10%' does not rise", p));
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
    [InlineData("a: &x 1\n", "p.yaml:1:4: a: '&x' names a value; anchors and aliases are not read here")]
    public void TryParse_NoPipelineAtAll_SaysSo(string yaml, string expected)
    {
        PipelineProblem problem = Assert.Single(Parser.TryParse(yaml, "p.yaml").Problems);

        Assert.Contains(expected, problem.ToString());
        Assert.True(problem.Line >= 1);
    }

    [Theory]
    [InlineData("positiveClass: 1\ntask: regression", "belongs to a binary task only")]
    [InlineData("monitoring: { drift: {} }", "there is no 'rollout'")]
    [InlineData("monitoring: {}\nrollout: {}", "watches nothing")]
    [InlineData("monitoring: { drift: {}, retrain: { on: [performance] } }\nrollout: {}", "'performance' never happens")]
    [InlineData("features: { include: [a, churn] }", "features.include[1]: is the target 'churn'")]
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
    [InlineData("trainer: { use: gdbt }", "trainer.use: 'gdbt' is not one of gbdt, linear, forest, baseline, auto; did you mean 'gbdt'?")]
    [InlineData("trainer: { use: gbdt, parameters: { tres: 5 } }", "trainer.parameters.tres: 'gbdt' has no such parameter; did you mean 'trees'?")]
    [InlineData("trainer: { use: gbdt, parameters: { trees: -5 } }", "trainer.parameters.trees: trees = -5 violates trees >= 1")]
    [InlineData("trainer: { use: gbdt, parameters: { trees: many } }", "trainer.parameters.trees: trees = 'many' is not a number")]
    [InlineData("trainer: { use: gbdt, parameters: { depth: 2.5 } }", "2.5 is not a whole number")]
    [InlineData("rollout: { minRequests: 0 }", "out of range: allowed 1 to")]
    [InlineData("weight: churn", "weight: 'churn' is the target; the weight of the rows is a column of its own")]
    [InlineData("trainer: { use: mlnet.gam }", "trainers named mlnet.* come with the package MlOps.MlNet")]
    [InlineData("rollout: { increment: 20% }", "rollout.increment: is for strategy linear, and this one is canary")]
    [InlineData("rollout: { strategy: direct, steps: [10%] }", "rollout.steps: is for strategy canary or shadow, and this one is direct")]
    [InlineData("rollout: { strategy: abTest }", "rollout.goal: is missing")]
    [InlineData("rollout: { strategy: abTest, goal: { metric: errorRate } }", "'minEffect' is missing")]
    [InlineData("rollout: { strategy: abTest, goal: { metric: errorRate, minEffect: 2 } }", "minEffect")]
    [InlineData("rollout: { strategy: abTest, goal: { metric: errorRate, minEffect: 0.1, margin: 1.5 } }", "margin")]
    [InlineData("rollout: { strategy: abTest, goal: { metric: latencyP95, minEffect: 1 } }", "'latencyP95' is not one of errorRate")]
    [InlineData("rollout: { guardrails: [{ metric: errorRate, max: 1% }, { metric: errorRate, max: 2% }] }", "rollout.guardrails[1].metric: 'errorRate' has a guardrail already")]
    [InlineData("rollout: { maxLatencyRatio: 3, guardrails: [{ metric: latencyP95, max: 2 }] }", "'latencyP95' is limited by maxLatencyRatio already")]
    [InlineData("rollout: { guardrails: [{ metric: latencyP95, max: 0.5 }] }", "out of range: allowed 1 to")]
    [InlineData("rollout: { guardrails: [{ max: 1 }] }", "'metric' is missing")]
    [InlineData("rollout: { unit: user }", "'user' is no source of units: write 'random'")]
    [InlineData("rollout: { guardrails: [{ metric: disagreement, max: 5% }] }", "'disagreement' is for strategy shadow")]
    [InlineData("rollout: { freeze: [weekends] }", "'weekends' is no freeze window: write 'fri 16:00 - mon 08:00'")]
    [InlineData("rollout: { strategy: direct, keepWarm: 2d }", "2d is not below the deadline of 1d")]
    [InlineData("rollout: { approval: maybe }", "'maybe' is not one of none, manual")]
    [InlineData("monitoring: { drift: {}, alert: { webhook: 'ftp://x' } }\nrollout: {}", "'ftp://x' is not an http or https URL, or secret:NAME")]
    [InlineData("monitoring: { drift: {}, alert: { webhook: 'secret:chat-hook' } }\nrollout: {}", "'secret:chat-hook' is not an http or https URL, or secret:NAME")]
    [InlineData("task: regresion\nmetric: rmse", "'regresion' is not one of")]
    [InlineData("task: regresion\ngates: { absolute: [{ metric: r2, atLeast: 0.5 }], fairness: [{ column: g, maxDifference: 0.1 }] }", "did you mean 'regression'?")]
    [InlineData("task: regresion\npositiveClass: a", "did you mean 'regression'?")]
    [InlineData("task:", "task: has no value")]
    [InlineData("seed: 7\nseed: 8", "p.yaml:7:1: 'seed' is given already in line 6; remove one of the two")]
    [InlineData("split: { test: 20%, folds: 5, test: [30%] }", "p.yaml:6:31: split: 'test' is given already in line 6")]
    [InlineData("split: { test: 20%, ? [a] : b }", "p.yaml:6:23: split: has a list or a mapping for a key")]
    [InlineData("trainer: gbdt", "p.yaml:5:10: trainer: must be a mapping")]
    [InlineData("trainer:", "p.yaml:5:9: trainer: 'use' is missing")]
    [InlineData("trainer: { parameters: { trees: 5 } }", "p.yaml:5:10: trainer: 'use' is missing")]
    [InlineData("trainer: { use: gbdt, parameters: { depth: 0 } }", "p.yaml:5:44: trainer.parameters.depth: depth = 0 (no limit) needs leaves >= 2")]
    [InlineData("trainer: { use: gbdt, parameters: { leaves: 1 } }", "p.yaml:5:45: trainer.parameters.leaves: leaves = 1 violates")]
    [InlineData("trainer: { use: gbdt, parameters: { depth: 0, leaves: x } }", "trainer.parameters.leaves: leaves = 'x' is not a number")]
    [InlineData("rollout: { steps: [] }", "p.yaml:6:19: rollout.steps: names no step")]
    [InlineData("rollout: { steps: [[10%]] }", "p.yaml:6:20: rollout.steps[0]: must be one value")]
    [InlineData("rollout: { bake: 5 minutes, deadline: 6m }", "'5 minutes' is not a duration")]
    [InlineData("split: { test: 20, validation: 80% }", "20 is out of range")]
    [InlineData("registration: { approval: manuel, approvalDeadline: 7d }", "'manuel' is not one of none, manual")]
    [InlineData("schema: { columns: { a: { type: text, min: 2 } } }", "'min' and 'max' belong to numbers")]
    [InlineData("schema: { columns: { a: { type: categry, min: 2 } } }", "did you mean 'category'?")]
    [InlineData("monitoring: { drift: {} }\nrollout: direct", "rollout: must be a mapping")]
    [InlineData("monitoring: { drift: on }\nrollout: {}", "monitoring.drift: must be a mapping")]
    [InlineData("monitoring: { performance: { metric: auc, atLeast: 0.9, atMost: 0.8 } }\nrollout: {}", "p.yaml:6:52: monitoring.performance.atLeast: 0.9 is above atMost 0.8")]
    [InlineData("serving: { log: { sample: 110% } }", "serving.log.sample: 110% is out of range")]
    [InlineData("serving: { log: { redact: { carat: hide } } }", "serving.log.redact.carat: 'hide'")]
    [InlineData("serving: { log: { redact: { carats: hash } } }\nfeatures: { include: [carat, cut] }", "'carats' is not among features.include; did you mean 'carat'?")]
    [InlineData("serving: { log: { redact: { carat: drop } } }\nmonitoring: { drift: {}, retrain: { data: withFeedback } }\nrollout: {}", "'retrain.data: withFeedback' learns from logged features, but 'serving.log.redact' keeps carat from the log")]
    [InlineData("serving: { log: { sample: 0 } }\nrollout: { strategy: bandit }", "needs the rewards of a bandit, but 'serving.log' logs nothing")]
    [InlineData("rollout: { strategy: canary, reward: given }", "is for strategy bandit, and this one is canary")]
    [InlineData("rollout: { strategy: bandit, guardrails: [{ metric: predictionShift, max: 0.1 }] }", "'predictionShift' is not for strategy bandit")]
    [InlineData("serving: { log: { off: true } }\nmonitoring: { drift: {} }\nrollout: {}", "watches what is logged, but 'serving.log' logs nothing")]
    [InlineData("monitoring: { drift: {}, retrain: { on: [] } }\nrollout: {}", "p.yaml:6:41: monitoring.retrain.on: names no alarm")]
    [InlineData("monitoring: { drift: { exclude: [carat, caratt] } }\nrollout: {}\nfeatures: { include: [carat, cut] }", "p.yaml:6:41: monitoring.drift.exclude[1]: 'caratt' is not among features.include; did you mean 'carat'?")]
    [InlineData("monitoring: { drift: { exclude: churn } }\nrollout: {}", "p.yaml:6:33: monitoring.drift.exclude: 'churn' is the target")]
    [InlineData("features: { exclude: [a, churn] }", "p.yaml:6:26: features.exclude[1]: 'churn' is the target, which is never a feature")]
    public void TryParse_Mistake_IsTheOnlyOneReported(string change, string expected)
    {
        string[] changed = [.. change.Split('\n').Select(l => l[..l.IndexOf(':', StringComparison.Ordinal)])];
        string kept = string.Join('\n', Smallest.Split('\n').Where(l => !changed.Any(c => l.StartsWith(c + ":", StringComparison.Ordinal))));

        PipelineProblem problem = Assert.Single(Parser.TryParse(kept + change + "\n", "p.yaml").Problems);

        Assert.Contains(expected, problem.ToString());
    }

    [Fact]
    public void TryParse_RolloutOf150Steps_SaysHowManyAreAllowed()
    {
        string steps = string.Join(", ", Enumerable.Range(1, 150).Select(i => $"{i * 0.5:0.0}%"));

        PipelineProblem problem = Assert.Single(Parser.TryParse($"{Smallest}rollout: {{ steps: [{steps}] }}\n", "p.yaml").Problems);

        Assert.StartsWith("p.yaml:6:19: rollout.steps: has 151 steps up to 100%; at most 100 are allowed", problem.ToString());
    }

    [Fact]
    public void TryParse_KeyGivenTwice_IsFoundTogetherWithAllOtherMistakes()
    {
        IEnumerable<string> problems = Parser.TryParse(Smallest + "name: b\nsplit: { test: 20 }\n", "p.yaml").Problems.Select(p => p.ToString());

        Assert.Equal(["p.yaml:6:1: 'name' is given already in line 1; remove one of the two", "p.yaml:7:16: split.test: 20 is out of range: allowed 1% to 90%"], problems);
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
}
