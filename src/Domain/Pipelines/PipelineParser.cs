using System.Text.RegularExpressions;
using MlOps.Domain.Datasets;
using MlOps.Domain.Pipelines.Reading;
using MlOps.Domain.Training;
using MlOps.Learning.Metrics;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Pipelines;

/// <summary>The outcome of reading a pipeline file: a spec, or every mistake in it.</summary>
/// <param name="Keys">Every key path the parser looked for; the documentation is checked against it.</param>
public sealed record PipelineParse(PipelineSpec? Spec, IReadOnlyList<PipelineProblem> Problems, IReadOnlyCollection<string> Keys);

/// <summary>Reads a pipeline file (YAML) and reports all its mistakes at once, each with line and column.</summary>
/// <param name="trainers">What names and parameters of trainers are held to, besides <c>auto</c>, which chooses among them.</param>
public sealed partial class PipelineParser(TrainerCatalog trainers)
{
    private static readonly Dictionary<string, LearningTask?> Tasks = new(StringComparer.Ordinal)
    {
        ["binary"] = LearningTask.Binary,
        ["multiclass"] = LearningTask.Multiclass,
        ["regression"] = LearningTask.Regression,
    };

    private static readonly Dictionary<string, ApprovalMode> Approvals = new(StringComparer.Ordinal)
    {
        ["none"] = ApprovalMode.None,
        ["manual"] = ApprovalMode.Manual,
    };

    /// <param name="file">The name that mistakes are reported under.</param>
    /// <exception cref="MlOpsException">Invalid <c>pipeline-invalid</c>: one line per mistake, <c>file:line:column: key: what</c>.</exception>
    public PipelineSpec Parse(string yaml, string file)
    {
        PipelineParse parse = TryParse(yaml, file);
        if (parse.Spec is { } spec && parse.Problems.Count == 0)
            return spec;
        string count = parse.Problems.Count == 1 ? "a mistake" : $"{parse.Problems.Count} mistakes";
        throw MlOpsException.Invalid("pipeline-invalid", $"{file} has {count}:\n{string.Join('\n', parse.Problems)}");
    }

    public PipelineParse TryParse(string yaml, string file)
    {
        var problems = new YamlProblems(file);
        PipelineSpec? spec = YamlDocuments.Load(yaml, problems) is { } root ? ReadSpec(root) : null;
        return new(problems.Found.Count == 0 ? spec : null, problems.Found, problems.Keys);
    }

    private PipelineSpec ReadSpec(YamlMap root)
    {
        string name = Identifier(root, "name", root.Required("name", "the pipeline's name, for example telco-churn"));
        string? description = root.Text("description");
        (string dataset, int? version) = ReadDataset(root);
        LearningTask? task = root.Choice("task", null, Tasks);
        if (!root.Has("task"))
            root.Wrong("task", "'task' is missing: binary, multiclass or regression");
        string target = root.Required("target", "the column to predict");
        ulong seed = (ulong)(root.Whole("seed", 0, long.MaxValue) ?? 42);
        FeaturesSection features = ReadFeatures(root.Map("features"), target);
        var spec = new PipelineSpec
        {
            Name = name,
            Description = description,
            Dataset = dataset,
            DatasetVersion = version,
            Task = task ?? default,
            Target = target,
            PositiveClass = root.Text("positiveClass"),
            Weight = root.Text("weight"),
            Seed = seed,
            Schema = SchemaSectionReader.Read(root.Map("schema")),
            Features = features,
            Split = ReadSplit(root.Map("split"), seed),
            Trainers = new TrainerSectionReader(AutoTrainer.AddTo(trainers)).Read(root),
            Metric = root.Metric("metric", task) ?? MetricCatalog.DefaultFor(task ?? default).Name,
            Slices = root.Texts("slices"),
            Gates = GatesSectionReader.Read(root.Map("gates"), task),
            Registration = ReadRegistration(root.Map("registration")),
            Rollout = RolloutSectionReader.Read(root.Map("rollout"), task),
            Serving = ServingSectionReader.Read(root.Map("serving"), features, target),
            Monitoring = MonitoringSectionReader.Read(root.Map("monitoring"), task, features, target),
            ScheduleEvery = ReadSchedule(root.Map("schedule")),
            TriggerOnNewData = ReadTrigger(root.Map("trigger"), version),
        };
        CheckTogether(root, spec);
        root.Done();
        return spec;
    }

    private static void CheckTogether(YamlMap root, PipelineSpec spec)
    {
        if (spec.PositiveClass is not null && spec.Task != LearningTask.Binary && root.Faultless("task"))
            root.Wrong("positiveClass", "belongs to a binary task only; remove it, or set 'task: binary'");
        if (spec.Weight is { } weight && (weight == spec.Target || spec.Features.Include.Contains(weight, StringComparer.Ordinal)))
            root.Wrong("weight", $"'{weight}' is {(weight == spec.Target ? "the target" : "a feature")}; the weight of the rows is a column of its own");
        if (root.Has("monitoring") && !root.Has("rollout"))
            root.Wrong("monitoring", "watches what is served, but there is no 'rollout'; add one (rollout: { strategy: direct }) or remove 'monitoring'");
        ServingSectionReader.CheckTogether(root, spec);
    }

    private static (string Name, int? Version) ReadDataset(YamlMap root)
    {
        string text = root.Required("dataset", "a data set, for example telco-churn or telco-churn@3");
        try
        {
            DatasetRef? reference = text.Length == 0 ? null : DatasetRef.Parse(text);
            return (reference?.Name ?? text, reference?.Version);
        }
        catch (MlOpsException e)
        {
            root.Wrong("dataset", e.Message);
            return (text, null);
        }
    }

    private static FeaturesSection ReadFeatures(YamlMap? map, string target)
    {
        if (map is null)
            return new();
        IReadOnlyList<YamlText> include = map.Items("include"), exclude = map.Items("exclude");
        var features = new FeaturesSection([.. include.Select(c => c.Text)], [.. exclude.Select(c => c.Text)]);
        if (features.Include.Count > 0 && features.Exclude.Count > 0)
            map.Wrong("exclude", "give either 'include' or 'exclude'");
        foreach (YamlText column in include.Where(c => c.Text == target))
            map.Wrong(column, $"is the target '{target}', which the model would only copy");
        foreach (YamlText column in exclude.Where(c => c.Text == target))
            map.Wrong(column, $"'{target}' is the target, which is never a feature; remove it here");
        map.Done();
        return features;
    }

    private static SplitSpec ReadSplit(YamlMap? map, ulong seed)
    {
        var standard = new SplitSpec(Seed: seed);
        if (map is null)
            return standard;
        var split = new SplitSpec(
            map.Share("test", 0.01, 0.9) ?? standard.Test,
            map.Share("validation", 0, 0.9) ?? standard.Validation,
            map.Text("stratify"),
            map.Text("time"),
            (int)(map.Whole("folds", 0, SplitSpec.MaxFolds) ?? 0),
            seed);
        if (split.Folds == 1)
            map.Wrong("folds", $"one fold leaves nothing to train on; 0 means none, 2 to {SplitSpec.MaxFolds} cross-validate");
        if (split.Test + split.Validation > 0.95 && map.Faultless("test", "validation"))
            map.Wrong("test", "test and validation together leave less than 5% to train on");
        if (split is { StratifyBy: not null, TimeColumn: not null })
            map.Wrong("stratify", "a split by time cannot be stratified as well; remove one");
        map.Done();
        return split;
    }

    private static RegistrationSection ReadRegistration(YamlMap? map)
    {
        if (map is null)
            return new();
        string? model = map.Text("model");
        var registration = new RegistrationSection(
            model is null ? null : Identifier(map, "model", model),
            map.Choice("approval", ApprovalMode.None, Approvals),
            map.Duration("approvalDeadline", TimeSpan.FromSeconds(1)),
            map.Text("description"));
        if (registration is { ApprovalDeadline: not null, Approval: ApprovalMode.None } && map.Faultless("approval"))
            map.Wrong("approvalDeadline", "there is nothing to wait for; set 'approval: manual' or remove it");
        map.Done();
        return registration;
    }

    private static TimeSpan? ReadSchedule(YamlMap? map)
    {
        if (map is null)
            return null;
        TimeSpan? every = map.Duration("every", TimeSpan.FromSeconds(1));
        if (!map.Has("every"))
            map.Wrong("every", "'every' is missing: how long from one run to the next, for example 24h");
        map.Done();
        return every;
    }

    private static bool ReadTrigger(YamlMap? map, int? version)
    {
        if (map is null)
            return false;
        bool newData = map.Flag("newData", false);
        if (newData && version is not null)
            map.Wrong("newData", "the data set is pinned to one version, so new ones are never used; remove '@version' from 'dataset'");
        map.Done();
        return newData;
    }

    private static string Identifier(YamlMap map, string key, string text)
    {
        if (text.Length > 0 && !Name().IsMatch(text))
            map.Wrong(key, $"'{text}' is no name: use 1 to 64 letters, digits, '-', '_' and '.', beginning with a letter or digit");
        return text;
    }

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    private static partial Regex Name();
}
