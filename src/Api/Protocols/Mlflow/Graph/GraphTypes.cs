namespace MlOps.Api.Protocols.Mlflow.Graph;

/// <summary>What MLflow's schema calls the objects of an answer: clients ask for <c>__typename</c> of each, and choose fragments by it.</summary>
internal static class GraphTypes
{
    public const string Field = "__typename";

    private static readonly Dictionary<(string Of, string Field), string> Special = new()
    {
        [("MlflowGetMetricHistoryBulkIntervalResponse", "metrics")] = "MlflowMetricWithRunId",
        [("MlflowExperiment", "tags")] = "MlflowExperimentTag",
        [("MlflowDatasetInput", "tags")] = "MlflowInputTag",
        [("MlflowModelVersion", "tags")] = "MlflowModelVersionTag",
    };

    private static readonly Dictionary<string, string> ByField = new(StringComparer.Ordinal)
    {
        ["apiError"] = "ApiError",
        ["data"] = "MlflowRunData",
        ["dataset"] = "MlflowDataset",
        ["datasetInputs"] = "MlflowDatasetInput",
        ["datasetSummaries"] = "MlflowDatasetSummary",
        ["experiment"] = "MlflowExperiment",
        ["files"] = "MlflowFileInfo",
        ["info"] = "MlflowRunInfo",
        ["inputs"] = "MlflowRunInputs",
        ["metrics"] = "MlflowMetricExtension",
        ["modelInputs"] = "MlflowModelInput",
        ["modelOutputs"] = "MlflowModelOutput",
        ["modelVersions"] = "MlflowModelVersion",
        ["outputs"] = "MlflowRunOutputs",
        ["params"] = "MlflowParam",
        ["run"] = "MlflowRunExtension",
        ["runs"] = "MlflowRunExtension",
        ["tags"] = "MlflowRunTag",
    };

    /// <summary>Of what a root field answers.</summary>
    public static string OfRoot(string field) => $"{char.ToUpperInvariant(field[0])}{field[1..]}Response";

    /// <summary>Of a field of an object; empty of a value.</summary>
    public static string Of(string parent, string field) => Special.GetValueOrDefault((parent, field)) ?? ByField.GetValueOrDefault(field) ?? "";
}
