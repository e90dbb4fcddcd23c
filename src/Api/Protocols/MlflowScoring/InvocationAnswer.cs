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
    public static Task WriteAsync(ApiCall call, PredictionResult result)
    {
        ServingHeaders.Answered(call.Http, result);
        return InvocationBody.WantsCsv(call.Http.Request) ? WriteCsvAsync(call, result) : WriteJsonAsync(call, result);
    }

    private static Task WriteJsonAsync(ApiCall call, PredictionResult result) => JsonAnswer.WriteAsync(call, result, static (json, result) =>
    {
        json.WriteStartObject();
        json.WritePropertyName("predictions");
        PredictedValue.WriteAll(json, result.Predictions.View);
        json.WriteEndObject();
    });

    private static Task WriteCsvAsync(ApiCall call, PredictionResult result)
    {
        call.Http.Response.ContentType = InvocationBody.Csv + "; charset=utf-8";
        var lines = new StringBuilder();
        for (int row = 0; row < result.Predictions.Count; row++)
            lines.Append(Field(PredictedValue.Text(result.Predictions.View, row))).Append('\n');
        return call.Http.Response.WriteAsync(lines.ToString(), call.Aborted);
    }

    private static string Field(string text) =>
        text.AsSpan().IndexOfAny("\",\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
