using System.Text;
using Microsoft.AspNetCore.Http;
using MlOps.Api.Http;
using MlOps.Api.Rollout;
using MlOps.Domain;
using MlOps.Domain.Access;
using MlOps.Domain.Pipelines;

namespace MlOps.Api.Pipelines;

/// <summary>Pipeline documents and their runs.</summary>
internal static class PipelineRoutes
{
    private const int DefaultRuns = 100;
    private const int MostRuns = 1_000;

    /// <summary>Far more than a pipeline file has, far less than could hurt the parser.</summary>
    private const long MaxDocumentBytes = 256 << 10;

    public static void Map(ApiRoutes routes, Platform platform)
    {
        Domain.Pipelines.Pipelines pipelines = platform.Pipelines;
        routes.Get("/pipelines", async call => await call.ListAsync(await pipelines.ListAsync(call.Aborted)));
        routes.Post("/pipelines", async call => await RegisterAsync(pipelines, call), maxBytes: MaxDocumentBytes);
        routes.Post("/pipelines/validate", async call => await ValidateAsync(platform.PipelineParser, call), Role.Viewer, MaxDocumentBytes);
        routes.Get("/pipelines/{name}", async call => await call.JsonAsync(await pipelines.GetAsync(call.Path("name"), call.Aborted)));
        routes.Get("/pipelines/{name}/document", async call => await DocumentAsync(pipelines, call));
        routes.Get("/pipelines/{name}/runs", async call =>
        {
            await pipelines.GetAsync(call.Path("name"), call.Aborted);
            await ListAsync(pipelines, call, call.Path("name"));
        });
        routes.Post("/pipelines/{name}/runs", async call => await RunAsync(pipelines, call, call.Path("name")));
        routes.Get("/pipeline-runs", async call => await ListAsync(pipelines, call, null));
        routes.Get("/pipeline-runs/{id}", async call => await call.JsonAsync(await pipelines.GetRunAsync(call.Path("id"), call.Aborted)));
        routes.Post("/pipeline-runs/{id}/approve", async call => await ApproveAsync(pipelines, call));
        routes.Post("/pipeline-runs/{id}/cancel", async call => await CancelAsync(pipelines, call));
        routes.Post("/pipeline-runs/{id}/suspend", async call => await call.JsonAsync(await pipelines.SuspendAsync(call.Path("id"), call.Aborted)));
        routes.Post("/pipeline-runs/{id}/resume", async call => await call.JsonAsync(await pipelines.ResumeAsync(call.Path("id"), call.Aborted)));
        routes.Post("/pipeline-runs/{id}/rerun", async call => await call.JsonAsync(await pipelines.RerunAsync(call.Path("id"), call.Aborted)));
    }

    private static async Task RegisterAsync(Domain.Pipelines.Pipelines pipelines, ApiCall call)
    {
        RegisteredPipeline registered = await pipelines.RegisterAsync(await ReadAsync(call), FileOf(call), call.By, call.Aborted);
        if (call.QueryFlag("run"))
            await RunAsync(pipelines, call, registered.Name);
        else
            await call.JsonAsync(registered);
    }

    /// <summary>What this host, with its trainers, says of a document; nothing is kept.</summary>
    private static async Task ValidateAsync(PipelineParser parser, ApiCall call)
    {
        PipelineSpec spec = parser.Parse(await ReadAsync(call), FileOf(call));
        await call.JsonAsync(new ValidPipeline(spec.Name, spec.Dataset));
    }

    private static async Task<string> ReadAsync(ApiCall call)
    {
        using var reader = new StreamReader(call.Http.Request.Body, new UTF8Encoding(false));
        return await reader.ReadToEndAsync(call.Aborted);
    }

    private static string FileOf(ApiCall call) => call.Query("file") ?? "pipeline.yaml";

    private static async Task RunAsync(Domain.Pipelines.Pipelines pipelines, ApiCall call, string name)
    {
        var trigger = new PipelineTrigger(TriggerReason.Manual, call.By, call.Query("dataset"));
        await call.JsonAsync(await pipelines.RunAsync(name, trigger, call.Aborted), StatusCodes.Status202Accepted);
    }

    private static async Task DocumentAsync(Domain.Pipelines.Pipelines pipelines, ApiCall call)
    {
        RegisteredPipeline registered = await pipelines.GetAsync(call.Path("name"), call.Aborted);
        string yaml = await pipelines.ReadDocumentAsync(registered.Document, call.Aborted);
        await call.FileAsync(new MemoryStream(Encoding.UTF8.GetBytes(yaml)), $"{registered.Name}.yaml", "text/yaml");
    }

    private static async Task ListAsync(Domain.Pipelines.Pipelines pipelines, ApiCall call, string? name)
    {
        int limit = call.QueryNumber("limit", 1, MostRuns) ?? DefaultRuns;
        await call.ListAsync(await pipelines.ListRunsAsync(name, call.Aborted).Take(limit).ToListAsync(call.Aborted));
    }

    private static async Task ApproveAsync(Domain.Pipelines.Pipelines pipelines, ApiCall call)
    {
        ApprovalAnswer answer = await call.ReadOptionalAsync<ApprovalAnswer>() ?? new ApprovalAnswer();
        await call.JsonAsync(await pipelines.ApproveAsync(call.Path("id"), new ApprovalDecision(answer.Approved, call.By, answer.Reason), call.Aborted));
    }

    private static async Task CancelAsync(Domain.Pipelines.Pipelines pipelines, ApiCall call)
    {
        Decision? decision = await call.ReadOptionalAsync<Decision>();
        string reason = decision?.Reason is { } why ? $"cancelled by {call.By}: {why}" : $"cancelled by {call.By}";
        await call.JsonAsync(await pipelines.CancelAsync(call.Path("id"), reason, call.Aborted));
    }
}
