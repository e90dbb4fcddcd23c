using System.Text.Json;
using MlOps.Api.Http;
using MlOps.Api.Serving;
using MlOps.Domain.Serving;
using MlOps.Learning.Trainers;

namespace MlOps.Api.Protocols.OpenInference;

/// <summary>The answer to an inference request.</summary>
internal static class InferResponse
{
    public static async Task WriteAsync(ApiCall call, PredictionResult result, IReadOnlyList<string>? names)
    {
        IReadOnlyList<ModelOutput> outputs = ModelOutput.Select(result.Predictions.Task, result.Predictions.Classes.Count, names);
        ServingHeaders.Answered(call.Http, result);
        call.Http.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(call.Http.Response.BodyWriter);
        json.WriteStartObject();
        json.WriteString("model_name", result.Model);
        json.WriteString("model_version", result.Version.ToString());
        json.WriteString("id", result.RequestId);
        json.WriteStartArray("outputs");
        foreach (ModelOutput output in outputs)
            Write(json, output, result.Predictions);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, ModelOutput output, Predictions predictions)
    {
        json.WriteStartObject();
        json.WriteString("name", output.Name);
        json.WriteString("datatype", output.Datatype);
        json.WriteStartArray("shape");
        foreach (int dimension in output.Shape(predictions.Count))
            json.WriteNumberValue(dimension);
        json.WriteEndArray();
        if (output.Width > 0)
            WriteClasses(json, predictions.Classes);
        json.WriteStartArray("data");
        output.WriteData(json, predictions);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteClasses(Utf8JsonWriter json, IReadOnlyList<string> classes)
    {
        json.WriteStartObject("parameters");
        json.WriteString("classes", JsonSerializer.Serialize(classes));
        json.WriteEndObject();
    }
}
