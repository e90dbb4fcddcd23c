using Microsoft.AspNetCore.Http;
using MlOps.Api.Http;
using MlOps.Domain;
using MlOps.Domain.Access;
using MlOps.Domain.Rollout;

namespace MlOps.Api.Rollout;

/// <summary>Rollouts of a model: the newest one and its decisions, and the commands that steer it.</summary>
internal static class RolloutRoutes
{
    private delegate Task<RolloutStatus> Command(string model, string by, string? reason, CancellationToken cancellationToken);

    public static void Map(ApiRoutes routes, Platform platform)
    {
        Rollouts rollouts = platform.Rollouts;
        routes.Get("/rollouts/{model}", async call => await AnswerAsync(rollouts, call, await rollouts.GetAsync(call.Path("model"), call.Aborted)));
        routes.Get("/rollouts/{model}/history", async call => await call.ListAsync(await rollouts.ListAsync(call.Path("model"), call.Aborted)));
        routes.Post("/rollouts/{model}", async call => await StartAsync(rollouts, call));
        routes.Post("/rollouts/{model}/plan", async call =>
        {
            RolloutPlanned planned = await call.ReadAsync<RolloutPlanned>();
            await call.JsonAsync(await rollouts.PlanAsync(call.Path("model"), planned.Version, planned.Policy ?? new RolloutPolicy(), call.Aborted));
        }, Role.Viewer);
        Map(routes, rollouts, "promote", rollouts.PromoteAsync);
        Map(routes, rollouts, "rollback", rollouts.RollbackAsync);
        Map(routes, rollouts, "approve", rollouts.ApproveAsync);
        Map(routes, rollouts, "abort", rollouts.AbortAsync);
        Map(routes, rollouts, "pause", rollouts.PauseAsync);
        Map(routes, rollouts, "resume", rollouts.ResumeAsync);
    }

    private static void Map(ApiRoutes routes, Rollouts rollouts, string verb, Command command) => routes.Post("/rollouts/{model}/" + verb, async call =>
    {
        Decision? decision = await call.ReadOptionalAsync<Decision>();
        await AnswerAsync(rollouts, call, await command(call.Path("model"), call.By, decision?.Reason, call.Aborted));
    });

    private static async Task StartAsync(Rollouts rollouts, ApiCall call)
    {
        RolloutStart wanted = await call.ReadAsync<RolloutStart>();
        RolloutStatus started = await rollouts.StartAsync(call.Path("model"), wanted.Version, wanted.Policy ?? new RolloutPolicy(), call.By, call.Aborted);
        await AnswerAsync(rollouts, call, started, StatusCodes.Status202Accepted);
    }

    private static async Task AnswerAsync(Rollouts rollouts, ApiCall call, RolloutStatus rollout, int status = StatusCodes.Status200OK)
    {
        List<RolloutDecision> decisions = await rollouts.DecisionsAsync(rollout.Model, rollout.Id, call.Aborted).ToListAsync(call.Aborted);
        await call.JsonAsync(new RolloutView(rollout, decisions), status);
    }
}
