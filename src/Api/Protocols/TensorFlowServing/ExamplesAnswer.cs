using System.Text.Json;
using MlOps.Api.Http;
using MlOps.Api.Inference;
using MlOps.Api.Serving;
using MlOps.Domain.Serving;
using MlOps.Learning.Trainers;

namespace MlOps.Api.Protocols.TensorFlowServing;

/// <summary><c>results</c>: of classify a list of [class, probability] a row, of regress a number a row. (The protocol's page says <c>result</c>, its code and clients <c>results</c>.)</summary>
internal static class ExamplesAnswer
{
    /// <exception cref="MlOpsException">Invalid <c>task-mismatch</c>.</exception>
    public static void CheckClassify(ModelSignature signature) => Check(signature, signature.Task != LearningTask.Regression, "classify", ":regress");

    /// <inheritdoc cref="CheckClassify"/>
    public static void CheckRegress(ModelSignature signature) => Check(signature, signature.Task == LearningTask.Regression, "regress", ":classify");

    public static Task WriteClassifyAsync(ApiCall call, PredictionResult result) => WriteAsync(call, result, WriteClasses);

    public static Task WriteRegressAsync(ApiCall call, PredictionResult result) =>
        WriteAsync(call, result, static (json, predictions, row) => PredictedValue.Write(json, predictions.View, row, false));

    private static Task WriteAsync(ApiCall call, PredictionResult result, Action<Utf8JsonWriter, Predictions, int> write)
    {
        ServingHeaders.Answered(call, result);
        int width = Math.Max(1, result.Predictions.Classes.Count);
        return JsonAnswer.WriteAsync(call, (result.Predictions, write), result.Predictions.Count, width, static (json, answer, rows) =>
        {
            if (rows.IsFirst)
            {
                json.WriteStartObject();
                json.WriteStartArray("results");
            }

            for (int row = rows.From; row < rows.To; row++)
                answer.write(json, answer.Predictions, row);
            if (!rows.IsLast)
                return;
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    private static void WriteClasses(Utf8JsonWriter json, Predictions predictions, int row)
    {
        json.WriteStartArray();
        for (int k = 0; k < predictions.Classes.Count; k++)
        {
            json.WriteStartArray();
            json.WriteStringValue(predictions.Classes[k]);
            json.WriteNumberValue(predictions.Probability(row, k));
            json.WriteEndArray();
        }

        json.WriteEndArray();
    }

    private static void Check(ModelSignature signature, bool fits, string verb, string other)
    {
        if (!fits)
            throw MlOpsException.Invalid("task-mismatch", $"the model's task is {signature.Task.ToString().ToLowerInvariant()}, it cannot {verb}: ask '{other}' or ':predict'");
    }
}
