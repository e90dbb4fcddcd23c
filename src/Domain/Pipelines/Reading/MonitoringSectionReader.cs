using MlOps.Domain.Monitoring;
using MlOps.Learning.Statistics;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Pipelines.Reading;

internal static class MonitoringSectionReader
{
    private const int MaxRows = 1_000_000;
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);

    public static MonitoringSection? Read(YamlMap? map, LearningTask task)
    {
        if (map is null)
            return null;
        var section = new MonitoringSection(
            ReadDrift(map.Map("drift")),
            ReadPerformance(map.Map("performance"), task),
            ReadAlert(map.Map("alert")),
            ReadRetrain(map.Map("retrain"), map));
        if (section.Drift is null && section.Performance is null)
            map.Problems.Add(map.Start, map.Path, "watches nothing: add 'drift' or 'performance'");
        map.Done();
        return section;
    }

    private static DriftPolicy? ReadDrift(YamlMap? map)
    {
        if (map is null)
            return null;
        var standard = new DriftPolicy();
        var options = new DriftOptions
        {
            Alpha = map.Number("alpha", 1e-6, 0.5) ?? standard.Options.Alpha,
            MinEffect = map.Number("minEffect", 0, 1) ?? standard.Options.MinEffect,
            DriftShare = map.Share("share", 0.001) ?? standard.Options.DriftShare,
        };
        var drift = new DriftPolicy
        {
            Every = map.Duration("every", Shortest) ?? standard.Every,
            Window = map.Duration("window", Shortest) ?? standard.Window,
            MinRows = (int)(map.Whole("minRows", 30, MaxRows) ?? standard.MinRows),
            Exclude = map.Texts("exclude"),
            Options = options,
        };
        map.Done();
        return drift;
    }

    private static PerformancePolicy? ReadPerformance(YamlMap? map, LearningTask task)
    {
        if (map is null)
            return null;
        var performance = new PerformancePolicy
        {
            Metric = map.RequiredMetric("metric", task),
            AtLeast = map.Number("atLeast"),
            AtMost = map.Number("atMost"),
        };
        performance = performance with
        {
            Every = map.Duration("every", Shortest) ?? performance.Every,
            Window = map.Duration("window", Shortest) ?? performance.Window,
            MinRows = (int)(map.Whole("minRows", 10, MaxRows) ?? performance.MinRows),
        };
        if (!map.Has("atLeast") && !map.Has("atMost"))
            map.Wrong("atLeast", "a limit is missing: give 'atLeast' or 'atMost'");
        map.Done();
        return performance;
    }

    private static Uri? ReadAlert(YamlMap? map)
    {
        if (map is null)
            return null;
        string? text = map.Text("webhook");
        Uri? webhook = null;
        if (text is not null && (!Uri.TryCreate(text, UriKind.Absolute, out webhook) || webhook.Scheme is not ("http" or "https")))
            map.Wrong("webhook", $"'{text}' is no http or https URL");
        map.Done();
        return webhook;
    }

    private static RetrainSection? ReadRetrain(YamlMap? map, YamlMap monitoring)
    {
        if (map is null)
            return null;
        IReadOnlyList<string> causes = map.Has("on") ? map.Texts("on") : ["drift"];
        foreach (string cause in causes.Where(c => c is not ("drift" or "performance")))
            map.Wrong("on", $"'{cause}' is not one of drift, performance{NameSuggestion.Hint(cause, ["drift", "performance"])}");
        foreach (string cause in causes.Where(c => c is "drift" or "performance" && !monitoring.Has(c)))
            map.Wrong("on", $"'{cause}' never happens: there is no 'monitoring.{cause}'");
        var retrain = new RetrainSection(
            causes.Contains("drift"),
            causes.Contains("performance"),
            map.Duration("cooldown", TimeSpan.Zero) ?? TimeSpan.FromDays(1),
            map.Choice("data", false, new Dictionary<string, bool>(StringComparer.Ordinal) { ["latest"] = false, ["withFeedback"] = true }));
        map.Done();
        return retrain;
    }
}
