using System.Globalization;
using System.Text.Json.Nodes;
using MlOps.Api.Inference;
using MlOps.Domain.Registry;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Api.OpenApi;

/// <summary>Schemas of one model: its row by names, its row as a list, what it predicts, and why.</summary>
internal sealed class ModelSchemas(ModelVersion version, IReadOnlyDictionary<string, JsonArray> examples)
{
    private readonly string _name = Schemas.Name(version.Model);

    public ModelSignature Signature => version.Signature;

    /// <summary>A row by the names of its features.</summary>
    public JsonObject Row => Schemas.Ref(_name + ".Row");

    /// <summary>A row as a list, in the order of the signature.</summary>
    public JsonObject Values => Schemas.Ref(_name + ".Values");

    /// <summary>The class or number that is predicted, as most protocols answer it.</summary>
    public JsonObject Prediction => Schemas.Ref(_name + ".Prediction");

    /// <summary>How much each feature did to a prediction.</summary>
    public JsonObject Explanation => Schemas.Ref(_name + ".Explanation");

    public void AddTo(JsonObject schemas)
    {
        JsonObject row = Schemas.Object(
            Signature.Inputs.Where(f => !f.Optional).Select(f => f.Name),
            Signature.Inputs.Select(f => (f.Name, (JsonNode)Feature(f))));
        row["description"] = $"A row of '{version.Model}', as version {version.Version} wants it.";
        row["examples"] = new JsonArray(ExampleRow());
        schemas[_name + ".Row"] = row;
        schemas[_name + ".Values"] = new JsonObject
        {
            ["type"] = "array",
            ["prefixItems"] = new JsonArray([.. Signature.Inputs.Select(Feature)]),
            ["minItems"] = Signature.Inputs.Count,
            ["maxItems"] = Signature.Inputs.Count,
            ["description"] = $"A row as a list: {string.Join(", ", Signature.Inputs.Select(f => f.Name))}.",
        };
        schemas[_name + ".Prediction"] = PredictionSchema();
        schemas[_name + ".Explanation"] = ExplainSchemas.Of(Signature);
    }

    public JsonObject ExampleRow() => new(Signature.Inputs.Select(f => KeyValuePair.Create(f.Name, (JsonNode?)Example(f))));

    public JsonNode Example(FeatureSignature feature) => examples[feature.Name][0]!.DeepClone();

    private JsonObject Feature(FeatureSignature feature)
    {
        string type = feature.Type switch { ColumnType.Number => "number", ColumnType.Boolean => "boolean", _ => "string" };
        var schema = new JsonObject
        {
            ["type"] = feature.Optional ? new JsonArray(type, "null") : type,
            ["examples"] = examples[feature.Name].DeepClone(),
        };
        string? says = feature.Type switch
        {
            ColumnType.Timestamp => "A time such as 2026-01-31 or 2026-01-31T12:00:00Z.",
            ColumnType.Category => $"A category; {feature.Levels?.Count ?? 0} are known, others score as missing.",
            _ => null,
        };
        if (says is not null)
            schema["description"] = says;
        return schema;
    }

    private JsonObject PredictionSchema()
    {
        if (Signature.Task == LearningTask.Regression)
            return Schemas.Typed("number");
        bool numbers = PredictedValue.AreNumbers(Signature.Classes);
        return new JsonObject
        {
            ["type"] = numbers ? "integer" : "string",
            ["enum"] = new JsonArray([.. Signature.Classes.Select(c => numbers ? (JsonNode)long.Parse(c, CultureInfo.InvariantCulture) : c)]),
        };
    }
}
