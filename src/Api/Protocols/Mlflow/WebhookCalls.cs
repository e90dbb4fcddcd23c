using System.Text.Json;
using MlOps.Api.Http;
using MlOps.Domain.Access;
using MlOps.Domain.Webhooks;

namespace MlOps.Api.Protocols.Mlflow;

/// <summary>What <c>/mlflow/webhooks...</c> answers. All of it is an admin's, as with MLflow's own server.</summary>
internal sealed class WebhookCalls(WebhookStore webhooks)
{
    private const int Default = 100;

    private static readonly Dictionary<string, int> Statuses = new(StringComparer.Ordinal) { ["ACTIVE"] = (int)WebhookStatus.Active, ["DISABLED"] = (int)WebhookStatus.Disabled };

    public static void Map(ApiRoutes routes, WebhookCalls calls)
    {
        routes.Post("/webhooks", MlflowCall.OfBody(calls.CreateAsync), Role.Admin);
        routes.Get("/webhooks", MlflowCall.OfQuery(calls.ListAsync), Role.Admin);
        routes.Get("/webhooks/{webhook}", calls.GetAsync, Role.Admin);
        routes.Patch("/webhooks/{webhook}", MlflowCall.OfBody(calls.UpdateAsync), Role.Admin);
        routes.Delete("/webhooks/{webhook}", calls.DeleteAsync);
        routes.Post("/webhooks/{webhook}/test", MlflowCall.OfBody(calls.TestAsync), Role.Admin);
    }

    private static string IdOf(ApiCall call) => call.Path("webhook");

    private static WebhookEdit Edit(MlflowFields fields) => new()
    {
        Name = fields.Text("name"),
        Description = fields.Text("description"),
        Url = fields.Text("url"),
        Events = [.. fields.Objects("events").Select(Event)],
        Secret = fields.Text("secret"),
        Status = (WebhookStatus?)fields.Choice("status", Statuses),
    };

    private static WebhookEvent Event(MlflowFields fields) => WebhookEvents.Of(fields.RequiredText("entity"), fields.RequiredText("action"));

    private static Task AnswerAsync(ApiCall call, Webhook webhook) => MlflowCall.AnswerAsync(call, webhook, static (json, w) =>
    {
        json.WritePropertyName("webhook"u8);
        Write(json, w);
    });

    private static void Write(Utf8JsonWriter json, Webhook webhook)
    {
        json.WriteStartObject();
        json.WriteString("webhook_id"u8, webhook.Id);
        json.WriteString("name"u8, webhook.Name);
        if (webhook.Description is { } description)
            json.WriteString("description"u8, description);
        json.WriteString("url"u8, webhook.Url);
        json.WriteStartArray("events"u8);
        foreach (WebhookEvent e in webhook.Events)
        {
            json.WriteStartObject();
            json.WriteString("entity"u8, e.Entity.ToUpperInvariant());
            json.WriteString("action"u8, e.Action.ToUpperInvariant());
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("status"u8, webhook.Status == WebhookStatus.Active ? "ACTIVE"u8 : "DISABLED"u8);
        json.WriteNumber("creation_timestamp"u8, webhook.CreatedAt.ToUnixTimeMilliseconds());
        json.WriteNumber("last_updated_timestamp"u8, webhook.UpdatedAt.ToUnixTimeMilliseconds());
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, WebhookTest test)
    {
        json.WriteStartObject("result"u8);
        json.WriteBoolean("success"u8, test.Success);
        if (test.ResponseStatus is { } status)
            json.WriteNumber("response_status"u8, status);
        if (test.ResponseBody is { } body)
            json.WriteString("response_body"u8, body);
        if (test.ErrorMessage is { } error)
            json.WriteString("error_message"u8, error);
        json.WriteEndObject();
    }

    private async Task CreateAsync(ApiCall call, MlflowFields fields)
    {
        fields.RequiredText("name");
        fields.RequiredText("url");
        WebhookEdit wanted = Edit(fields);
        await AnswerAsync(call, wanted.Events is { Count: > 0 } ? await webhooks.CreateAsync(wanted, call.Aborted) : throw fields.Missing("events"));
    }

    private async Task ListAsync(ApiCall call, MlflowFields fields)
    {
        int limit = fields.Integer("max_results", 1, WebhookLimits.Page) ?? Default;
        (IReadOnlyList<Webhook> items, string? next) = await webhooks.ListAsync(limit, fields.Text("page_token") is { Length: > 0 } token ? token : null, call.Aborted);
        await MlflowCall.PageAsync(call, "webhooks", items, Write, next);
    }

    private async Task GetAsync(ApiCall call) => await AnswerAsync(call, await webhooks.GetAsync(IdOf(call), call.Aborted));

    private async Task UpdateAsync(ApiCall call, MlflowFields fields) => await AnswerAsync(call, await webhooks.UpdateAsync(IdOf(call), Edit(fields), call.Aborted));

    private async Task DeleteAsync(ApiCall call)
    {
        await webhooks.DeleteAsync(IdOf(call), call.Aborted);
        await MlflowCall.EmptyAsync(call);
    }

    private async Task TestAsync(ApiCall call, MlflowFields fields)
    {
        WebhookEvent? tried = fields.Object("event") is { } e ? Event(e) : null;
        await MlflowCall.AnswerAsync(call, await webhooks.TestAsync(IdOf(call), tried, call.Aborted), Write);
    }
}
