using System.Globalization;
using System.Text.Json;
using MlOps.Api.Http;
using MlOps.Domain;
using MlOps.Domain.Registry;
using MlOps.Learning.Trainers;

namespace MlOps.Api.Protocols.TensorFlowServing;

/// <summary>Inputs and outputs of a model under each of its signatures.</summary>
internal static class ModelMetadata
{
    public static async Task WriteAsync(Platform platform, ApiCall call, string? asked)
    {
        ModelVersion version = await platform.Readiness.DescribeAsync(call.Path("model"), asked, call.Aborted);
        call.Http.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(call.Http.Response.BodyWriter);
        json.WriteStartObject();
        json.WriteStartObject("model_spec");
        json.WriteString("name", version.Model);
        json.WriteString("signature_name", "");
        json.WriteString("version", version.Version.ToString(CultureInfo.InvariantCulture));
        json.WriteEndObject();
        json.WriteStartObject("metadata");
        json.WriteStartObject("signature_def");
        json.WriteStartObject("signature_def");
        foreach (string signature in ServingSignature.Of(version.Signature.Task))
            WriteSignature(json, signature, version.Signature);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteSignature(Utf8JsonWriter json, string signature, ModelSignature model)
    {
        json.WriteStartObject(signature);
        json.WriteStartObject("inputs");
        foreach (FeatureSignature input in model.Inputs)
            WriteTensor(json, input.Name, ServingSignature.TypeOf(input.Type), []);
        json.WriteEndObject();
        json.WriteStartObject("outputs");
        (string name, string type, int[] dimensions) = ServingSignature.Output(signature, model);
        WriteTensor(json, name, type, dimensions);
        json.WriteEndObject();
        json.WriteString("method_name", "tensorflow/serving/predict");
        json.WriteEndObject();
    }

    private static void WriteTensor(Utf8JsonWriter json, string name, string type, int[] dimensions)
    {
        json.WriteStartObject(name);
        json.WriteString("dtype", type);
        json.WriteStartObject("tensor_shape");
        json.WriteStartArray("dim");
        foreach (int size in (int[])[-1, .. dimensions])
        {
            // 64-bit integers are texts in the JSON form of protocol buffers.
            json.WriteStartObject();
            json.WriteString("size", size.ToString(CultureInfo.InvariantCulture));
            json.WriteString("name", "");
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteBoolean("unknown_rank", false);
        json.WriteEndObject();
        json.WriteString("name", name + ":0");
        json.WriteEndObject();
    }
}
