using System.Text.Json;
using MlOps.Api.Http;
using MlOps.Api.Serving;
using MlOps.Domain.Serving.Explanations;
using MlOps.Learning.Trainers;

namespace MlOps.Api.Inference;

/// <summary>Writes a part of the array of predictions.</summary>
internal delegate void PredictionsWriter(Utf8JsonWriter json, Predictions predictions, AnswerRows rows);

/// <summary><c>{"predictions": [...], "explanations": [...]}</c>, as KServe has it; both in the order of the rows.</summary>
internal static class ExplainedAnswer
{
    public static Task WriteAsync(ApiCall call, ExplainedResult answer) =>
        WriteAsync(call, answer, static (json, predictions, rows) => PredictedValue.WriteSome(json, predictions.View, rows));

    /// <param name="write">Writes the predictions.</param>
    public static Task WriteAsync(ApiCall call, ExplainedResult answer, PredictionsWriter write)
    {
        ServingHeaders.Answered(call, answer.Result);
        // First all predictions, then all explanations: twice the rows.
        return JsonAnswer.WriteAsync(call, (answer, write), 2 * answer.Contributions.Count, ExplanationJson.Width(answer), static (json, part, rows) =>
        {
            int count = part.answer.Contributions.Count;
            if (rows.IsFirst)
                Start(json);
            if (rows.From < count)
                part.write(json, part.answer.Result.Predictions, new AnswerRows(rows.From, Math.Min(rows.To, count), count));
            if (rows.To > count)
                Write(json, part.answer, new AnswerRows(Math.Max(0, rows.From - count), rows.To - count, count));
            if (rows.IsLast)
                json.WriteEndObject();
        });
    }

    private static void Start(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WritePropertyName("predictions");
    }

    private static void Write(Utf8JsonWriter json, ExplainedResult answer, AnswerRows rows)
    {
        if (rows.IsFirst)
            json.WriteStartArray("explanations");
        for (int row = rows.From; row < rows.To; row++)
            ExplanationJson.Write(json, answer[row]);
        if (rows.IsLast)
            json.WriteEndArray();
    }
}
