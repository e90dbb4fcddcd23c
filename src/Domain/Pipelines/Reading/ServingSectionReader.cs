using MlOps.Domain.Rollout;
using MlOps.Domain.Serving.Log;
using YamlDotNet.RepresentationModel;

namespace MlOps.Domain.Pipelines.Reading;

internal static class ServingSectionReader
{
    private static readonly Dictionary<string, Redaction> Ways = new(StringComparer.Ordinal)
    {
        ["drop"] = Redaction.Drop,
        ["hash"] = Redaction.Hash,
        ["mask"] = Redaction.Mask,
    };

    public static ServingSection? Read(YamlMap? map, FeaturesSection features, string target)
    {
        if (map is null)
            return null;
        var section = new ServingSection(ReadLog(map.Map("log"), features, target));
        map.Done();
        return section;
    }

    /// <summary>What needs the log must find there what it needs.</summary>
    public static void CheckTogether(YamlMap root, PipelineSpec spec)
    {
        if (spec.Serving?.Log is not { } log)
            return;
        bool isOff = log.Off == true || log.Sample == 0;
        if (isOff && spec.Rollout is { } rollout && LogNeeds.Of(rollout) is { Count: > 0 } needs)
            root.Wrong("rollout", $"needs {string.Join(", ", needs)}, but 'serving.log' logs nothing; give a sample above 0, or roll out without");
        if (spec.Monitoring is not { } monitoring)
            return;
        if (isOff)
            root.Wrong("monitoring", "watches what is logged, but 'serving.log' logs nothing; give a sample above 0, or remove 'monitoring'");
        else if (log.Redact.Count > 0 && monitoring.Retrain is { WithFeedback: true })
            root.Wrong("monitoring", $"'retrain.data: withFeedback' learns from logged features, but 'serving.log.redact' keeps {string.Join(", ", log.Redact.Keys.Take(5))} from the log; exclude it from the features, or retrain on 'latest'");
    }

    private static LogPolicyChange? ReadLog(YamlMap? map, FeaturesSection features, string target)
    {
        if (map is null)
            return null;
        var change = new LogPolicyChange(
            map.Has("off") ? map.Flag("off", false) : null,
            map.Share("sample"),
            ReadRedact(map.Map("redact"), features, target),
            (int?)map.Whole("retainDays", 1, LogPolicy.MaxRetainDays));
        map.Done();
        return change;
    }

    private static Dictionary<string, Redaction> ReadRedact(YamlMap? map, FeaturesSection features, string target)
    {
        var redact = new Dictionary<string, Redaction>(StringComparer.Ordinal);
        if (map is null)
            return redact;
        foreach ((string feature, YamlNode node) in map.Entries())
        {
            CheckFeature(map, feature, features, target);
            if (map.AsText(node, map.PathOf(feature)) is not { Value: { } how } text)
                continue;
            if (!Ways.TryGetValue(how, out Redaction redaction))
                map.Unknown(text, map.PathOf(feature), Ways.Keys);
            redact[feature] = redaction;
        }

        map.Done();
        return redact;
    }

    // Only features are logged; a slip here would leave the column readable.
    private static void CheckFeature(YamlMap map, string feature, FeaturesSection features, string target)
    {
        if (feature == target)
            map.Wrong(feature, $"'{feature}' is the target, which is not among the logged features");
        else if (features.Include.Count > 0 && !features.Include.Contains(feature, StringComparer.Ordinal))
            map.Wrong(feature, $"'{feature}' is not among features.include{NameSuggestion.Hint(feature, features.Include)}; only features are logged");
        else if (features.Exclude.Contains(feature, StringComparer.Ordinal))
            map.Wrong(feature, $"'{feature}' is in features.exclude, so it is never logged; remove it here");
    }
}
