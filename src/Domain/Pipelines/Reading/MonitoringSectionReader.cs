using System.Globalization;
using MlOps.Domain.Monitoring;
using MlOps.Learning.Statistics;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Pipelines.Reading;

internal static class MonitoringSectionReader
{
    private const int MaxRows = 1_000_000;
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);

    public static MonitoringSection? Read(YamlMap? map, LearningTask? task, FeaturesSection features, string target)
    {
        if (map is null)
            return null;
        var section = new MonitoringSection(
            ReadDrift(map.Map("drift"), features, target),
            ReadPerformance(map.Map("performance"), task),
            ReadAlert(map.Map("alert")),
            ReadRetrain(map.Map("retrain"), map));
        if (!map.Has("drift") && !map.Has("performance"))
            map.Problems.Add(map.Start, map.Path, "watches nothing: add 'drift' or 'performance'");
        map.Done();
        return section;
    }

    private static DriftPolicy? ReadDrift(YamlMap? map, FeaturesSection features, string target)
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
            Exclude = [.. map.Items("exclude").Select(item => Feature(map, item, features, target))],
            Options = options,
        };
        map.Done();
        return drift;
    }

    // Only inputs of the model are compared, so anything else here is most likely a misspelt one.
    private static string Feature(YamlMap map, YamlText column, FeaturesSection features, string target)
    {
        if (column.Text == target)
            map.Wrong(column, $"'{target}' is the target; only features are compared");
        else if (features.Include.Count > 0 && !features.Include.Contains(column.Text, StringComparer.Ordinal))
            map.Wrong(column, $"'{column.Text}' is not among features.include{NameSuggestion.Hint(column.Text, features.Include)}; only features are compared");
        return column.Text;
    }

    private static PerformancePolicy? ReadPerformance(YamlMap? map, LearningTask? task)
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
        if (performance.AtLeast > performance.AtMost)
            map.Wrong("atLeast", string.Create(CultureInfo.InvariantCulture, $"{performance.AtLeast} is above atMost {performance.AtMost}: every value is an alarm"));
        map.Done();
        return performance;
    }

    private static Uri? ReadAlert(YamlMap? map)
    {
        if (map is null)
            return null;
        string? text = map.Text("webhook");
        Uri? webhook = text is null ? null : WebhookAddress.Parse(text);
        if (text is not null && webhook is null)
            map.Wrong("webhook", $"'{text}' is not {WebhookAddress.Allowed}");
        map.Done();
        return webhook;
    }

    private static RetrainSection? ReadRetrain(YamlMap? map, YamlMap monitoring)
    {
        if (map is null)
            return null;
        IReadOnlyList<YamlText> given = map.Items("on");
        string[] causes = map.Has("on") ? [.. given.Select(cause => cause.Text)] : ["drift"];
        if (causes.Length == 0 && map.Faultless("on"))
            map.Wrong("on", "names no alarm, so nothing is ever trained again: give drift, performance or both, or remove 'retrain'");
        foreach (YamlText cause in given.Where(c => c.Text is not ("drift" or "performance")))
            map.Wrong(cause, $"'{cause.Text}' is not one of drift, performance{NameSuggestion.Hint(cause.Text, ["drift", "performance"])}");
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
