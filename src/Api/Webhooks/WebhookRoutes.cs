using Microsoft.AspNetCore.Http;
using MlOps.Api.Http;
using MlOps.Domain;
using MlOps.Domain.Access;
using MlOps.Domain.Webhooks;

namespace MlOps.Api.Webhooks;

/// <summary>Who is told of changes of the registry; for admins only, since a URL may be a secret and a server's request reaches far.</summary>
internal static class WebhookRoutes
{
    private const int Ordinary = 100;

    public static void Map(ApiRoutes routes, Platform platform)
    {
        WebhookStore webhooks = platform.Webhooks;
        routes.Get("/webhooks", async call => await ListAsync(webhooks, call), Role.Admin);
        routes.Post("/webhooks", async call => await CreateAsync(webhooks, call), Role.Admin);
        routes.Get("/webhooks/{id}", async call => await AnswerAsync(call, await webhooks.GetAsync(call.Path("id"), call.Aborted)), Role.Admin);
        routes.Patch(
            "/webhooks/{id}",
            async call => await AnswerAsync(call, await webhooks.UpdateAsync(call.Path("id"), (await call.ReadAsync<WebhookRequest>()).ToEdit(), call.Aborted)),
            Role.Admin);
        routes.Delete("/webhooks/{id}", async call =>
        {
            await webhooks.DeleteAsync(call.Path("id"), call.Aborted);
            await call.NothingAsync();
        });
        routes.Post("/webhooks/{id}/test", async call => await TestAsync(webhooks, call), Role.Admin);
    }

    private static async Task ListAsync(WebhookStore webhooks, ApiCall call)
    {
        int limit = call.QueryNumber("limit", 1, WebhookLimits.Page) ?? Ordinary;
        (IReadOnlyList<Webhook> items, string? next) = await webhooks.ListAsync(limit, call.Query("next"), call.Aborted);
        await call.ListAsync<WebhookView>([.. items.Select(WebhookView.Of)], next);
    }

    private static async Task CreateAsync(WebhookStore webhooks, ApiCall call)
    {
        Webhook made = await webhooks.CreateAsync((await call.ReadAsync<WebhookRequest>()).ToEdit(), call.Aborted);
        await call.JsonAsync(WebhookView.Of(made), StatusCodes.Status201Created);
    }

    private static async Task TestAsync(WebhookStore webhooks, ApiCall call)
    {
        string? tried = (await call.ReadOptionalAsync<WebhookTrial>())?.Event;
        await call.JsonAsync(await webhooks.TestAsync(call.Path("id"), tried is null ? null : WebhookEvents.Parse(tried), call.Aborted));
    }

    private static Task AnswerAsync(ApiCall call, Webhook webhook) => call.JsonAsync(WebhookView.Of(webhook));
}
