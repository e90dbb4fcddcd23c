using MlOps.Api.Http;
using MlOps.Domain;
using MlOps.Domain.Registry;

namespace MlOps.Api.Serving;

/// <summary>Ground truth for logged predictions.</summary>
internal static class FeedbackRoutes
{
    private const int DefaultDays = 7;
    private const int MostDays = 3_650;

    public static void Map(ApiRoutes routes, Platform platform, ApiOptions options)
    {
        var models = new DefaultModel(platform, options);
        routes.Post("/feedback", async call => await TakeAsync(platform, models, call));
        routes.Get("/feedback/{model}", async call =>
        {
            DateTimeOffset from = platform.Ports.Time.GetUtcNow().AddDays(-(call.QueryNumber("days", 1, MostDays) ?? DefaultDays));
            await call.JsonAsync(await platform.Feedback.SummaryAsync(call.Path("model"), from, call.Aborted));
        });
    }

    private static async Task TakeAsync(Platform platform, DefaultModel models, ApiCall call)
    {
        var body = new FeedbackBody(call.Http.Request.BodyReader, call.Http.Request.ContentType, Delimiter(call.Query("delimiter")));
        (string? named, IAsyncEnumerable<FeedbackEntry> items) = await body.ReadAsync(call.Aborted);
        ModelSelector model = await models.SelectAsync(call, named);
        var receipt = new FeedbackReceipt(platform.Feedback, model.Model);
        await receipt.TakeAsync(items, call.Aborted);
        await call.JsonAsync(receipt.Answer());
    }

    private static char Delimiter(string? text) => text switch
    {
        null => ',',
        "tab" => '\t',
        [var one] => one,
        _ => throw MlOpsException.Invalid("delimiter", $"the delimiter '{text}' is not one character; write it percent-encoded (delimiter=%3B is ;) or tab"),
    };
}
