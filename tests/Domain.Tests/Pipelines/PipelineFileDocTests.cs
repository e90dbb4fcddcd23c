using System.Globalization;
using System.Text.RegularExpressions;
using MlOps.Domain.Monitoring;
using MlOps.Domain.Pipelines;
using MlOps.Domain.Pipelines.Reading;
using MlOps.Domain.Rollout;
using MlOps.Domain.Serving.Log;
using MlOps.Learning.Metrics;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Tests.Pipelines;

/// <summary>Holds docs/pipeline-file.md to what the parser does.</summary>
public sealed partial class PipelineFileDocTests
{
    private static readonly PipelineParser Parser = new(TrainerCatalog.Default);
    private static readonly string Page = RepoFiles.Read("docs/pipeline-file.md");

    /// <summary>The columns of the table: key, type, default, meaning.</summary>
    private static readonly Dictionary<string, string[]> Rows = Page.Split('\n')
        .Where(l => l.StartsWith("| `", StringComparison.Ordinal))
        .Select(l => l.Trim('|').Split('|', StringSplitOptions.TrimEntries))
        .ToDictionary(cells => cells[0].Trim('`'), StringComparer.Ordinal);

    [Fact]
    public void Table_ListsExactlyTheKeysTheParserReads()
    {
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
            rollout: { guardrails: [{}], goal: {} }
            serving: { log: { redact: { c: drop } } }
            monitoring: { drift: {}, performance: {}, alert: {}, retrain: {} }
            schedule: {}
            trigger: {}
            """;

        Assert.Equal(Parser.TryParse(everything, "all").Keys, Rows.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Table_Defaults_AreThoseOfTheParser()
    {
        Dictionary<string, string> defaults = Defaults();

        Assert.Equal(
            defaults.Select(d => $"{d.Key}: {d.Value}"),
            defaults.Select(d => $"{d.Key}: {Rows[d.Key][2].Replace("`", "", StringComparison.Ordinal)}"));
    }

    /// <summary>A new key with a default must be added to those above.</summary>
    [Fact]
    public void Table_EveryFigureAsDefault_IsHeldToTheParser()
    {
        Dictionary<string, string> held = Defaults();

        Assert.Empty(Rows.Where(r => Figure().IsMatch(r.Value[2]) && !held.ContainsKey(r.Key)).Select(r => r.Key));
    }

    [Theory]
    [InlineData(LearningTask.Binary)]
    [InlineData(LearningTask.Multiclass)]
    [InlineData(LearningTask.Regression)]
    public void Metrics_OfEachTask_AreThoseOfTheCatalog(LearningTask task)
    {
        string listed = Regex.Match(Page.ReplaceLineEndings(" "), $@"`([A-Za-z0-9 ]+)` \({task.ToString().ToLowerInvariant()}\)").Groups[1].Value;

        Assert.Equal(MetricCatalog.For(task).Select(m => m.Name), listed.Split(' '));
    }

    [Fact]
    public void Metric_Default_IsThatOfTheCatalog() =>
        Assert.Equal(
            string.Join(", ", Enum.GetValues<LearningTask>().Select(t => $"`{MetricCatalog.DefaultFor(t).Name}` ({t.ToString().ToLowerInvariant()})")),
            Rows["metric"][2]);

    [Fact]
    public void Trainers_AreThoseOfTheCatalog() =>
        Assert.StartsWith(string.Join(", ", TrainerCatalog.Default.Trainers.Select(t => $"`{t.Name}`")), Rows["trainer.use"][3], StringComparison.Ordinal);

    /// <summary>What a file says that has every section and no key in them.</summary>
    private static Dictionary<string, string> Defaults()
    {
        PipelineSpec spec = Parser.Parse(
            """
            name: a
            dataset: a
            task: binary
            target: t
            trainer: { use: gbdt }
            schema: { columns: { c: {} } }
            gates: { champion: [{ metric: auc }], fairness: [{ column: g, maxDifference: 0.1 }] }
            rollout: { guardrails: [{ metric: accuracy, max: 1% }] }
            serving: { log: {} }
            monitoring: { drift: {}, performance: { metric: auc, atLeast: 0.5 }, retrain: {} }
            schedule: { every: 1d }
            """,
            "all");
        RolloutPolicy rollout = spec.Rollout!;
        DriftPolicy drift = spec.Monitoring!.Drift!;
        PerformancePolicy performance = spec.Monitoring.Performance!;
        RetrainSection retrain = spec.Monitoring.Retrain!;
        return new(StringComparer.Ordinal)
        {
            ["seed"] = $"{spec.Seed}",
            ["schema.minRows"] = $"{spec.Schema.MinRows}",
            ["schema.columns.*.notNull"] = Word(spec.Schema.Columns[0].NotNull),
            ["schema.columns.*.maxMissing"] = Share(spec.Schema.Columns[0].MaxMissing ?? 1),
            ["split.test"] = Share(spec.Split.Test),
            ["split.validation"] = Share(spec.Split.Validation),
            ["split.folds"] = $"{spec.Split.Folds}",
            ["gates.champion[].tolerance"] = $"{spec.Gates[0].Tolerance}",
            ["gates.champion[].unmeasured"] = spec.Gates[0].UnmeasuredPasses ? "pass" : "fail",
            ["gates.fairness[].metric"] = $"{spec.Gates[1].Metric} (binary), else required",
            ["registration.approval"] = Word(spec.Registration.Approval),
            ["rollout.strategy"] = Word(rollout.Strategy),
            ["rollout.steps"] = string.Join(", ", rollout.Steps.Select(s => Share(s / 100))),
            ["rollout.bake"] = YamlValues.ShowDuration(rollout.Bake),
            ["rollout.minRequests"] = $"{rollout.MinRequests}",
            ["rollout.maxErrorRateIncrease"] = Share(rollout.MaxErrorRateIncrease),
            ["rollout.maxLatencyRatio"] = $"{rollout.MaxLatencyRatio}",
            ["rollout.latencyTolerance"] = YamlValues.ShowDuration(rollout.LatencyTolerance),
            ["rollout.approval"] = Word(rollout.Approval),
            ["rollout.deadline"] = YamlValues.ShowDuration(rollout.Deadline),
            ["rollout.increment"] = Share(rollout.Increment / 100),
            ["rollout.share"] = Share(rollout.Share / 100),
            ["rollout.floor"] = Share(rollout.Floor / 100),
            ["rollout.shadowShare"] = Share(rollout.ShadowShare / 100),
            ["rollout.keepWarm"] = YamlValues.ShowDuration(rollout.KeepWarm),
            ["rollout.alpha"] = Text(rollout.Alpha),
            ["rollout.guardrails[].level"] = Word(rollout.Guardrails[0].Level),
            ["rollout.goal.margin"] = $"{new RolloutGoal(RolloutMetric.Accuracy, 1).Margin}",
            ["rollout.checkEvery"] = $"a quarter of bake, 500ms to {YamlValues.ShowDuration(rollout.CheckEvery)}",
            ["serving.log.off"] = Word(spec.Serving!.Log!.Over(LogPolicy.Default).Off),
            ["serving.log.sample"] = Share(spec.Serving.Log.Over(LogPolicy.Default).Sample),
            ["monitoring.drift.every"] = YamlValues.ShowDuration(drift.Every),
            ["monitoring.drift.window"] = YamlValues.ShowDuration(drift.Window),
            ["monitoring.drift.minRows"] = $"{drift.MinRows}",
            ["monitoring.drift.alpha"] = Text(drift.Options.Alpha),
            ["monitoring.drift.minEffect"] = Text(drift.Options.MinEffect),
            ["monitoring.drift.share"] = Share(drift.Options.DriftShare),
            ["monitoring.performance.every"] = YamlValues.ShowDuration(performance.Every),
            ["monitoring.performance.window"] = YamlValues.ShowDuration(performance.Window),
            ["monitoring.performance.minRows"] = $"{performance.MinRows}",
            ["monitoring.retrain.on"] = (retrain.OnDrift, retrain.OnPerformance) is (true, false) ? "drift" : "other",
            ["monitoring.retrain.cooldown"] = YamlValues.ShowDuration(retrain.Cooldown),
            ["monitoring.retrain.data"] = retrain.WithFeedback ? "withFeedback" : "latest",
            ["trigger.newData"] = Word(spec.TriggerOnNewData),
        };
    }

    private static string Word<T>(T value) => value!.ToString()!.ToLowerInvariant();

    private static string Share(double share) => $"{Text(share * 100)}%";

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    [GeneratedRegex("[0-9]|true|false")]
    private static partial Regex Figure();
}
