using System.Buffers;
using System.Globalization;
using System.Text.Json;
using MlOps.Api.Http;
using MlOps.Api.Inference;
using MlOps.Api.Serving;
using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Explanations;
using MlOps.Learning.Trainers;

namespace MlOps.Api.Protocols.OpenInference;

/// <summary>The answer to an inference request: JSON, and behind it the bytes of the outputs that were wanted so.</summary>
internal static class InferResponse
{
    public static Task WriteAsync(ApiCall call, PredictionResult result, InferRequest request)
    {
        IReadOnlyList<ModelOutput> outputs = ModelOutput.Select(result.Predictions.Task, result.Predictions.Classes.Count, request.Outputs);
        return WriteAsync(call, Under(result, request.Id), request, outputs);
    }

    public static Task WriteAsync(ApiCall call, ExplainedResult answer, InferRequest request) =>
        WriteAsync(call, Under(answer.Result, request.Id), request, ModelOutput.Select(answer, request.Outputs));

    /// <summary>The caller's id is his, also where it is none that feedback could refer to.</summary>
    private static PredictionResult Under(PredictionResult result, string? id) => id is null || id == result.RequestId ? result : result with { RequestId = id };

    private static Task WriteAsync(ApiCall call, PredictionResult result, InferRequest request, IReadOnlyList<ModelOutput> outputs)
    {
        ServingHeaders.Answered(call, result);
        byte[]?[] binary = [.. outputs.Select(o => o.Binary ?? request.BinaryOutputs ? Bytes(o, result.Predictions) : null)];
        return Array.TrueForAll(binary, b => b is null) ? WriteJsonAsync(call, result, outputs, binary) : WriteBinaryAsync(call, result, outputs, binary);
    }

    /// <summary>The rows of one output behind those of another.</summary>
    private static Task WriteJsonAsync(ApiCall call, PredictionResult result, IReadOnlyList<ModelOutput> outputs, byte[]?[] binary) =>
        JsonAnswer.WriteAsync(call, (result, outputs, binary), result.Predictions.Count * outputs.Count, Width(outputs), static (json, answer, rows) =>
            Write(json, answer.result, answer.outputs, answer.binary, rows));

    private static int Width(IReadOnlyList<ModelOutput> outputs)
    {
        int width = 1;
        for (int i = 0; i < outputs.Count; i++)
            width = Math.Max(width, outputs[i].Width);
        return width;
    }

    private static async Task WriteBinaryAsync(ApiCall call, PredictionResult result, IReadOnlyList<ModelOutput> outputs, byte[]?[] binary)
    {
        var header = new ArrayBufferWriter<byte>();
        await using (var json = new Utf8JsonWriter(header))
            Write(json, result, outputs, binary, Whole(result.Predictions.Count * outputs.Count));
        call.Http.Response.ContentType = "application/octet-stream";
        call.Http.Response.ContentLength = header.WrittenCount + binary.Sum(b => b?.Length ?? 0);
        call.Http.Response.Headers[InferBody.LengthHeader] = header.WrittenCount.ToString(CultureInfo.InvariantCulture);
        await call.Http.Response.BodyWriter.WriteAsync(header.WrittenMemory, call.Aborted);
        foreach (byte[]? bytes in binary)
            await call.Http.Response.BodyWriter.WriteAsync(bytes, call.Aborted);
    }

    private static byte[] Bytes(ModelOutput output, Predictions predictions)
    {
        var bytes = new MemoryStream();
        for (int row = 0; row < predictions.Count; row++)
            output.Write(predictions, row, text => TensorBytes.Write(bytes, text), number => TensorBytes.Write(bytes, number));
        return bytes.ToArray();
    }

    private static AnswerRows Whole(int rows) => new(0, rows, rows);

    private static void Write(Utf8JsonWriter json, PredictionResult result, IReadOnlyList<ModelOutput> outputs, byte[]?[] binary, AnswerRows rows)
    {
        if (rows.IsFirst)
        {
            json.WriteStartObject();
            json.WriteString("model_name", result.Model);
            json.WriteString("model_version", result.Version.ToString(CultureInfo.InvariantCulture));
            json.WriteString("id", result.RequestId);
            json.WriteStartArray("outputs");
        }

        int count = result.Predictions.Count;
        for (int from = rows.From; from < rows.To;)
        {
            int output = from / count;
            int to = Math.Min(rows.To, (output + 1) * count);
            Write(json, outputs[output], result.Predictions, binary[output], new AnswerRows(from - (output * count), to - (output * count), count));
            from = to;
        }

        if (!rows.IsLast)
            return;
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, ModelOutput output, Predictions predictions, byte[]? bytes, AnswerRows rows)
    {
        if (rows.IsFirst)
            WriteHead(json, output, predictions, bytes);
        if (bytes is null)
            WriteData(json, output, predictions, rows);
        if (rows.IsLast)
            json.WriteEndObject();
    }

    private static void WriteHead(Utf8JsonWriter json, ModelOutput output, Predictions predictions, byte[]? bytes)
    {
        json.WriteStartObject();
        json.WriteString("name", output.Name);
        json.WriteString("datatype", output.Datatype);
        json.WriteStartArray("shape");
        foreach (int dimension in output.Shape(predictions.Count))
            json.WriteNumberValue(dimension);
        json.WriteEndArray();
        WriteParameters(json, output, predictions.Classes, bytes);
    }

    private static void WriteData(Utf8JsonWriter json, ModelOutput output, Predictions predictions, AnswerRows rows)
    {
        if (rows.IsFirst)
            json.WriteStartArray("data");
        Action<string> text = json.WriteStringValue;
        Action<double> number = json.WriteNumberValue;
        for (int row = rows.From; row < rows.To; row++)
            output.Write(predictions, row, text, number);
        if (rows.IsLast)
            json.WriteEndArray();
    }

    private static void WriteParameters(Utf8JsonWriter json, ModelOutput output, IReadOnlyList<string> classes, byte[]? bytes)
    {
        if (!output.HasParameters && bytes is null)
            return;
        json.WriteStartObject("parameters");
        output.WriteParameters(json, classes);
        if (bytes is not null)
            json.WriteNumber("binary_data_size", bytes.Length);
        json.WriteEndObject();
    }
}
