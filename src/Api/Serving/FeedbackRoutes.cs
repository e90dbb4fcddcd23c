using System.Text.Json;
using MlOps.Api.Http;
using MlOps.Domain;
using MlOps.Domain.Registry;
using MlOps.Domain.Serving.Log;

namespace MlOps.Api.Serving;

/// <summary>Ground truth for logged predictions.</summary>
internal static class FeedbackRoutes
{
    public static void Map(ApiRoutes routes, Platform platform, ApiOptions options)
    {
        var models = new DefaultModel(platform, options);
        routes.Post("/feedback", async call =>
        {
            FeedbackBody body = await call.ReadAsync<FeedbackBody>();
            ModelSelector model = await models.SelectAsync(call, body.Model);
            Feedback[] items = [.. body.Items.Select(ToFeedback)];
            await platform.Feedback.AddAsync(model.Model, items, call.Aborted);
            await call.JsonAsync(new FeedbackAnswer(items.Length));
        });
    }

    private static Feedback ToFeedback(FeedbackTruthItem? item, int index) =>
        (item ?? throw MlOpsException.Invalid("feedback-item", $"item {index} is null, expected an object with requestId and truth")).ToFeedback(index);
}

/// <summary><see cref="FeedbackRequest"/> as it is read: a truth may also be a JSON number or true/false.</summary>
internal sealed record FeedbackBody(IReadOnlyList<FeedbackTruthItem> Items, string? Model = null);

internal sealed record FeedbackTruthItem(string RequestId, JsonElement Truth, int Row = 0, DateTimeOffset? Time = null)
{
    public Feedback ToFeedback(int item) => new(RequestId, Row, Text(item), Time);

    private string Text(int item) => Truth.ValueKind switch
    {
        JsonValueKind.String => Truth.GetString()!,
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => Truth.GetRawText(),
        _ => throw MlOpsException.Invalid("feedback-truth", $"item {item}: the truth is {JsonFields.Shown(Truth)}, expected the class or the number"),
    };
}
