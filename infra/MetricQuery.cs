namespace MlOps.Infra;

/// <summary>KQL over the platform's instruments, as the Azure Monitor exporter stores them: tags are properties, counts are sums.</summary>
internal static class MetricQuery
{
    /// <summary>A row for each time a counter moved, for the given values of its tags, with the model it was of.</summary>
    public static string HappenedToAModel(string metric, params (string Tag, string Value)[] where) =>
        $"{Happened(metric, where)}\n| extend {QueryAlert.Model} = tostring(Properties[\"model\"])";

    /// <summary>A row for each time a counter moved, for the given values of its tags.</summary>
    public static string Happened(string metric, params (string Tag, string Value)[] where) =>
        $"AppMetrics\n| where Name == \"{metric}\" and Sum > 0{string.Concat(where.Select(w => $" and tostring(Properties[\"{w.Tag}\"]) == \"{w.Value}\""))}";

    /// <summary>A counter over time, a line for each value of a tag. In brackets, since a tag such as 'kind' is a word of KQL.</summary>
    public static string Over(string range, string metric, string tag) =>
        $"AppMetrics | where TimeGenerated {range} and Name == \"{metric}\" | summarize Count = sum(Sum) by bin(TimeGenerated, 15m), ['{tag}'] = tostring(Properties[\"{tag}\"])";

    /// <summary>The mean of a histogram in seconds, in milliseconds, a line for each value of a tag.</summary>
    public static string MeanOver(string range, string metric, string tag) =>
        $"AppMetrics | where TimeGenerated {range} and Name == \"{metric}\" | summarize Mean = 1000 * sum(Sum) / sum(ItemCount) by bin(TimeGenerated, 15m), ['{tag}'] = tostring(Properties[\"{tag}\"])";
}
