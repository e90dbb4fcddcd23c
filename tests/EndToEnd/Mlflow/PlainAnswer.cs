using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace MlOps.EndToEnd.Mlflow;

/// <summary>Answers without what differs between two servers by its nature: their ids, times of now, tokens, made-up names, the order of tags.</summary>
internal sealed partial class PlainAnswer(DateTimeOffset began)
{
    private static readonly HashSet<string> Tokens = ["next_page_token", "nextPageToken"];

    private static readonly HashSet<string> Unordered = ["tags", "params", "metrics", "request_metadata", "aliases", "latest_versions", "events"];

    // What tells items of such lists apart, where there is more in them that may differ.
    private static readonly string[] Keys = ["key", "alias", "version", "entity", "action"];

    private static readonly Dictionary<string, string> NoIds = [];

    private static readonly HashSet<string> NoneOfOurs = ["sqlstate", "error_class"];

    /// <param name="ids">What was captured of this server's answers: values by names.</param>
    public JsonNode? Of(JsonNode? node, IReadOnlyDictionary<string, string> ids) =>
        Of(node, "", [.. ids.Where(i => i.Value.Length > 5).OrderByDescending(i => i.Value.Length).ThenBy(i => i.Key, StringComparer.Ordinal)], ids);

    private JsonNode? Of(JsonNode? node, string key, List<KeyValuePair<string, string>> ids, IReadOnlyDictionary<string, string> all) => node switch
    {
        JsonObject fields => new JsonObject(fields.Where(f => !NoneOfOurs.Contains(f.Key)).OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => KeyValuePair.Create(f.Key, Of(f.Value, f.Key, ids, all)))),
        JsonArray items => ListOf(items.Select(i => Of(i, key, ids, all)), key),
        JsonValue value when IsOfNow(value) => "<now>",
        JsonValue value when value.TryGetValue(out string? text) => Text(text, key, ids, all),
        JsonValue value when value.GetValueKind() == JsonValueKind.Number => double.Parse(value.ToJsonString(), CultureInfo.InvariantCulture),
        JsonValue value => value.GetValue<bool>(),
        _ => null,
    };

    private static JsonArray ListOf(IEnumerable<JsonNode?> items, string key)
    {
        List<JsonNode?> list = [.. items];
        return Unordered.Contains(key) && list.TrueForAll(i => i is JsonObject) ? [.. list.OrderBy(KeyOf, StringComparer.Ordinal).ThenBy(i => i!.ToJsonString(), StringComparer.Ordinal)] : [.. list];
    }

    private static string KeyOf(JsonNode? item) => string.Join(' ', Keys.Select(k => item![k]?.ToString()));

    private string Text(string text, string key, List<KeyValuePair<string, string>> ids, IReadOnlyDictionary<string, string> all)
    {
        if (Tokens.Contains(key))
            return text.Length == 0 ? text : "<token>";
        if (key == "digest" && Digest().IsMatch(text))
            return "<digest>";
        if (key is "experiment_id" or "experimentId" or "experiment_ids")
            return text == "0" ? text : $"<{all.FirstOrDefault(i => i.Value == text).Key ?? "experiment"}>";
        foreach ((string name, string id) in ids)
            text = text.Replace(id, $"<{name}>", StringComparison.Ordinal);
        text = ExperimentFolder().Replace(text, "mlflow-artifacts:/<experiment>");
        text = RandomName().Replace(text, "<random-name>");
        return Compact(Hex().Replace(text, "<hex>"), key);
    }

    // JSON within a text, with or without blanks; what it holds has been filled in.
    private string Compact(string text, string key)
    {
        try
        {
            return text is ['{' or '[', ..] ? (key == "records" ? Of(JsonNode.Parse(text), key, [], NoIds) : JsonNode.Parse(text))!.ToJsonString() : text;
        }
        catch (JsonException)
        {
            return text;
        }
    }

    // Milliseconds as number or text, or a text of ISO 8601, since the comparison began.
    private bool IsOfNow(JsonValue value)
    {
        string text = value.ToString();
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? IsOfNow(number)
            : text.StartsWith("20", StringComparison.Ordinal) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time) && IsOfNow(time.ToUnixTimeMilliseconds());
    }

    // A day's slack upwards, so that ids and nanoseconds are none.
    private bool IsOfNow(long milliseconds) => milliseconds >= began.ToUnixTimeMilliseconds() - 1_000 && milliseconds < began.AddDays(1).ToUnixTimeMilliseconds();

    [GeneratedRegex(@"mlflow-artifacts:/\d+(?=/|$)")]
    private static partial Regex ExperimentFolder();

    [GeneratedRegex("^[a-z]+-[a-z]+-[0-9]+$")]
    private static partial Regex RandomName();

    // Of evaluation data sets: of the time.
    [GeneratedRegex("^[0-9a-f]{8}$")]
    private static partial Regex Digest();

    [GeneratedRegex("[0-9a-f]{32}")]
    private static partial Regex Hex();
}
