using Microsoft.AspNetCore.Http;
using MlOps.Api.Http;
using MlOps.Api.Rollout;
using MlOps.Domain;
using MlOps.Domain.Batch;

namespace MlOps.Api.Batch;

/// <summary>Batch predictions: a model version over a data set version, and the output.</summary>
internal static class BatchRoutes
{
    /// <summary>Makes a repeated POST the same batch.</summary>
    public const string KeyHeader = "idempotency-key";

    private const int DefaultBatches = 100;
    private const int MostBatches = 1_000;

    public static void Map(ApiRoutes routes, Platform platform)
    {
        BatchPredictions batches = platform.Batches;
        routes.Get("/batch-predictions", async call => await ListAsync(batches, call));
        routes.Post("/batch-predictions", async call => await StartAsync(batches, call));
        routes.Get("/batch-predictions/{id}", async call => await call.JsonAsync(await batches.GetAsync(call.Path("id"), call.Aborted)));
        routes.Post("/batch-predictions/{id}/cancel", async call => await CancelAsync(batches, call));
        routes.Post("/batch-predictions/{id}/rerun", async call => await call.JsonAsync(await batches.RerunAsync(call.Path("id"), call.Aborted)));
        routes.Get("/batch-predictions/{id}/output", async call => await OutputAsync(batches, call));
        routes.Get("/batch-predictions/{id}/output/{part}", async call => await PartAsync(batches, call.Path("part"), call));
    }

    private static async Task ListAsync(BatchPredictions batches, ApiCall call)
    {
        int limit = call.QueryNumber("limit", 1, MostBatches) ?? DefaultBatches;
        await call.ListAsync(await batches.ListAsync(call.Query("model"), call.Aborted).Take(limit).ToListAsync(call.Aborted));
    }

    private static async Task StartAsync(BatchPredictions batches, ApiCall call)
    {
        BatchRequest request = await call.ReadAsync<BatchRequest>();
        string? key = call.Http.Request.Headers[KeyHeader].ToString() is { Length: > 0 } given ? given : null;
        BatchPrediction batch = await batches.StartAsync(request, key, call.By, call.Aborted);
        call.Http.Response.Headers.Location = $"/api/v1/batch-predictions/{batch.Id}";
        await call.JsonAsync(batch, StatusCodes.Status202Accepted);
    }

    private static async Task CancelAsync(BatchPredictions batches, ApiCall call)
    {
        Decision? decision = await call.ReadOptionalAsync<Decision>();
        string reason = decision?.Reason is { } why ? $"cancelled by {call.By}: {why}" : $"cancelled by {call.By}";
        await call.JsonAsync(await batches.CancelAsync(call.Path("id"), reason, call.Aborted));
    }

    private static async Task OutputAsync(BatchPredictions batches, ApiCall call)
    {
        BatchOutput output = await batches.OutputAsync(call.Path("id"), call.Aborted);
        if (output.Manifest.Parts.Count == 1)
        {
            await PartAsync(batches, output.Manifest.Parts[0].Name, call);
            return;
        }

        call.Http.Response.ContentLength = output.Length;
        await call.FileAsync(output.OpenAll(), $"{output.Manifest.Id}{Path.GetExtension(output.Manifest.Parts[0].Name)}", TypeOf(output.Manifest.Parts[0].Name));
    }

    /// <summary>From the store itself where it has links: what is large need not pass through here.</summary>
    private static async Task PartAsync(BatchPredictions batches, string name, ApiCall call)
    {
        BatchFile file = await batches.FileAsync(call.Path("id"), name, call.Aborted);
        if (await file.LinkAsync(call.Aborted) is { } link)
            call.Http.Response.Redirect(link.AbsoluteUri);
        else
            await call.FileAsync(await file.OpenAsync(call.Aborted), $"{call.Path("id")}-{name}", TypeOf(name));
    }

    private static string TypeOf(string name) => Path.GetExtension(name) switch
    {
        ".csv" => "text/csv; charset=utf-8",
        ".jsonl" => "application/jsonl; charset=utf-8",
        _ => "application/json; charset=utf-8",
    };
}
