using System.Text;
using Microsoft.AspNetCore.Http;
using MlOps.Api.Http;
using MlOps.Api.Inference;
using MlOps.Api.Serving;
using MlOps.Domain.Serving;

namespace MlOps.Api.Protocols.MlflowScoring;

/// <summary><c>{"predictions": [...]}</c>; or, to who prefers CSV, a line a row.</summary>
internal static class InvocationAnswer
{
    /// <summary>Sent at a time.</summary>
    private const int LineChars = 64 << 10;

    /// <exception cref="MlOpsException">Invalid <c>explain-csv</c>: the answer could not hold explanations.</exception>
    public static void CheckExplained(ApiCall call)
    {
        if (InvocationBody.WantsCsv(call.Http.Request))
            throw MlOpsException.Invalid("explain-csv", "explanations are answered in JSON only: ask for application/json, or leave 'explain' out of 'params'");
    }

    public static Task WriteAsync(ApiCall call, PredictionResult result)
    {
        ServingHeaders.Answered(call, result);
        return InvocationBody.WantsCsv(call.Http.Request) ? WriteCsvAsync(call, result) : WriteJsonAsync(call, result);
    }

    private static Task WriteJsonAsync(ApiCall call, PredictionResult result) => JsonAnswer.WriteAsync(call, result.Predictions, result.Predictions.Count, 1, static (json, predictions, rows) =>
    {
        if (rows.IsFirst)
        {
            json.WriteStartObject();
            json.WritePropertyName("predictions");
        }

        PredictedValue.WriteSome(json, predictions.View, rows);
        if (rows.IsLast)
            json.WriteEndObject();
    });

    private static async Task WriteCsvAsync(ApiCall call, PredictionResult result)
    {
        call.Http.Response.ContentType = InvocationBody.Csv + "; charset=utf-8";
        var lines = new StringBuilder();
        for (int row = 0; row < result.Predictions.Count; row++)
        {
            lines.Append(Field(PredictedValue.Text(result.Predictions.View, row))).Append('\n');
            if (lines.Length < LineChars && row + 1 < result.Predictions.Count)
                continue;
            await call.Http.Response.WriteAsync(lines.ToString(), call.Aborted);
            lines.Clear();
        }
    }

    private static string Field(string text) =>
        text.AsSpan().IndexOfAny("\",\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
