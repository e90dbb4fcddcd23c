using System.Globalization;
using System.Text.Json;

namespace MlOps.Cli.Moving;

/// <summary>Reads MLflow's objects: what is not set is left out of them, 64-bit integers are numbers or texts, NaN is a text.</summary>
internal static class MlflowAnswers
{
    public static string? Text(this JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    public static IEnumerable<JsonElement> Items(this JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out JsonElement list) && list.ValueKind == JsonValueKind.Array ? list.EnumerateArray() : [];

    public static long? Integer(this JsonElement json, string name) => json.ValueKind != JsonValueKind.Object || !json.TryGetProperty(name, out JsonElement value) ? null : value.ValueKind switch
    {
        JsonValueKind.Number => value.TryGetInt64(out long whole) ? whole : (long)value.GetDouble(),
        JsonValueKind.String => long.TryParse(value.GetString(), NumberStyles.Integer, CultureInfo.InvariantCulture, out long text) ? text : null,
        _ => null,
    };

    public static IReadOnlyList<KeyValuePair<string, string>> Pairs(this JsonElement json, string name) =>
        [.. json.Items(name).Select(p => KeyValuePair.Create(p.Text("key") ?? "", p.Text("value") ?? ""))];

    public static MovedExperiment Experiment(JsonElement json) => new(
        json.Text("experiment_id") ?? "", json.Text("name") ?? "", json.Integer("creation_time"), IsDeleted(json),
        json.Pairs("tags").DistinctBy(t => t.Key).ToDictionary(t => t.Key, t => t.Value, StringComparer.Ordinal));

    public static MovedRun Run(JsonElement json)
    {
        JsonElement info = Part(json, "info");
        string id = info.Text("run_id") ?? info.Text("run_uuid") ?? "";
        return StrangeValues.Read(id, () => Run(id, info, json));
    }

    private static MovedRun Run(string id, JsonElement info, JsonElement json)
    {
        JsonElement data = Part(json, "data");
        IReadOnlyList<KeyValuePair<string, string>> tags = data.Pairs("tags");
        string? tagged = tags.FirstOrDefault(t => t.Key == MoveTags.RunName).Value;
        return new(
            id, info.Text("run_name") is { Length: > 0 } name ? name : tagged is { Length: > 0 } ? tagged : id, info.Text("user_id") ?? "", info.Text("status") ?? "RUNNING",
            info.Integer("start_time"), info.Integer("end_time"), IsDeleted(info), info.Text("artifact_uri") ?? "",
            data.Pairs("params"), tags, [.. data.Items("metrics").Select(Point)], [.. Part(json, "inputs").Items("dataset_inputs").Select(Dataset)])
        {
            ExperimentId = info.Text("experiment_id"),
            ModelInputs = [.. Part(json, "inputs").Items("model_inputs").Select(m => m.Text("model_id")).OfType<string>()],
            ModelOutputs = [.. Part(json, "outputs").Items("model_outputs").Select(m => new MovedOutput(m.Text("model_id") ?? "", m.Integer("step") ?? 0))],
        };
    }

    public static MovedPoint Point(JsonElement json) => new(json.Text("key") ?? "", Number(json), json.Integer("timestamp") ?? 0, json.Integer("step") ?? 0);

    private static double Number(JsonElement json) => !json.TryGetProperty("value", out JsonElement value) ? 0 : value.ValueKind switch
    {
        JsonValueKind.Number => MovedPoint.FromMlflow(value.GetDouble()),
        _ => value.GetString() switch
        {
            "NaN" => double.NaN,
            "Infinity" => double.PositiveInfinity,
            "-Infinity" => double.NegativeInfinity,
            var text => double.Parse(text!, CultureInfo.InvariantCulture),
        },
    };

    private static MovedDataset Dataset(JsonElement json)
    {
        JsonElement dataset = Part(json, "dataset");
        return new(
            dataset.Text("name") ?? "", dataset.Text("digest") ?? "", dataset.Text("source_type") ?? "", dataset.Text("source") ?? "", dataset.Text("schema"), dataset.Text("profile"), json.Pairs("tags"));
    }

    private static bool IsDeleted(JsonElement json) => json.Text("lifecycle_stage") == "deleted";

    public static JsonElement Part(this JsonElement json, string name) => json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out JsonElement part) ? part : default;
}
