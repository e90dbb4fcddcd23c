using System.Text;
using System.Text.Json;
using MlOps.Api.Http;
using MlOps.Domain.EvaluationDatasets;

namespace MlOps.Api.Protocols.Mlflow;

/// <summary>What requests of evaluation data sets hold as JSON within a text: tags and records. What is read of them is good until this is disposed.</summary>
internal sealed class EvaluationTexts : IDisposable
{
    /// <summary>Who wrote it, as clients say it.</summary>
    public const string UserTag = "mlflow.user";

    /// <summary>What Python writes where a data frame has no value (<see cref="BareTokens"/>).</summary>
    private const string NoValue = "NaN";

    private static readonly Dictionary<string, RecordSourceKind> Kinds = Enum.GetValues<RecordSourceKind>().ToDictionary(k => k.ToString(), StringComparer.OrdinalIgnoreCase);

    private readonly JsonDocument _json;

    private EvaluationTexts(JsonDocument json, IReadOnlyList<RecordEdit> edits) => (_json, Edits) = (json, edits);

    public IReadOnlyList<RecordEdit> Edits { get; }

    public void Dispose() => _json.Dispose();

    /// <summary>Tags by name; null and no text are none. A value that is no text is kept as Python shows it: <c>3</c>, <c>True</c>; a list or an object as JSON.</summary>
    public static IReadOnlyDictionary<string, string> Tags(MlflowFields fields, string? text)
    {
        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        if (string.IsNullOrEmpty(text))
            return tags;
        using JsonDocument json = Parse(fields, "tags", text);
        if (json.RootElement.ValueKind != JsonValueKind.Object)
            throw fields.Invalid("tags", "is no JSON object of names and texts");
        foreach (JsonProperty tag in json.RootElement.EnumerateObject())
        {
            if (tag.Value.ValueKind != JsonValueKind.Null)
                tags[tag.Name] = TextOf(tag.Value);
        }

        return tags;
    }

    public static EvaluationTexts Records(MlflowFields fields)
    {
        JsonDocument json = Parse(fields, "records", fields.RequiredText("records"));
        try
        {
            if (json.RootElement.ValueKind != JsonValueKind.Array)
                throw fields.Invalid("records", "is no JSON list of records");
            return new EvaluationTexts(json, [.. json.RootElement.EnumerateArray().Select((record, i) => Edit(fields, record, i))]);
        }
        catch
        {
            json.Dispose();
            throw;
        }
    }

    private static RecordEdit Edit(MlflowFields fields, JsonElement record, int index)
    {
        if (record.ValueKind != JsonValueKind.Object)
            throw Invalid(fields, index, "", "no object");
        JsonElement? tags = Object(fields, record, index, "tags");
        bool setsOutputs = record.TryGetProperty("outputs"u8, out JsonElement outputs);
        return new RecordEdit(Inputs(fields, record, index))
        {
            SetsOutputs = setsOutputs,
            Outputs = setsOutputs && outputs.ValueKind != JsonValueKind.Null ? outputs : null,
            Expectations = Object(fields, record, index, "expectations"),
            Tags = tags,
            Source = Source(fields, record, index),
            By = tags?.TryGetProperty(UserTag, out JsonElement by) == true && by.ValueKind != JsonValueKind.Null ? TextOf(by) : null,
        };
    }

    /// <summary>As MLflow's server reads it, a record without inputs is that of the empty ones.</summary>
    private static JsonElement Inputs(MlflowFields fields, JsonElement record, int index)
    {
        if (!record.TryGetProperty("inputs"u8, out JsonElement inputs))
            return JsonSerializer.Deserialize<JsonElement>("{}"u8);
        return inputs.ValueKind == JsonValueKind.Object ? inputs : throw Invalid(fields, index, ".inputs", "no object");
    }

    private static RecordSource? Source(MlflowFields fields, JsonElement record, int index)
    {
        if (Object(fields, record, index, "source") is not { } source || !source.EnumerateObject().Any())
            return null;
        if (!source.TryGetProperty("source_type"u8, out JsonElement kind) || kind.ValueKind != JsonValueKind.String || !Kinds.TryGetValue(kind.GetString()!, out RecordSourceKind known))
            throw Invalid(fields, index, ".source.source_type", $"{(kind.ValueKind == JsonValueKind.Undefined ? "missing" : kind.GetRawText())}, expected one of {string.Join(", ", Kinds.Keys.Select(k => k.ToUpperInvariant()))}");
        return new RecordSource(known, Object(fields, source, index, "source_data") ?? JsonSerializer.Deserialize<JsonElement>("{}"u8));
    }

    /// <summary>Null when it is not there.</summary>
    private static JsonElement? Object(MlflowFields fields, JsonElement from, int index, string name)
    {
        if (!from.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null || (value.ValueKind == JsonValueKind.String && value.ValueEquals(NoValue)))
            return null;
        return value.ValueKind == JsonValueKind.Object ? value : throw Invalid(fields, index, $".{name}", "no object");
    }

    private static string TextOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.True => "True",
        JsonValueKind.False => "False",
        _ => value.GetRawText(),
    };

    private static JsonDocument Parse(MlflowFields fields, string name, string text)
    {
        try
        {
            return JsonBody.ParseValue(Encoding.UTF8.GetBytes(text));
        }
        catch (JsonException e)
        {
            throw fields.Invalid(name, $"is no JSON: {e.Message}");
        }
    }

    private static MlOpsException Invalid(MlflowFields fields, int index, string part, string what) => fields.Invalid("records", $"has as [{index}]{part} {what}");
}
