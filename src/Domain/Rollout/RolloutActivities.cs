using Microsoft.Extensions.Logging;
using MlOps.Domain.Registry;
using MlOps.Domain.Serving;
using MlOps.Domain.Storage;
using MlOps.Domain.Workflows;

namespace MlOps.Domain.Rollout;

/// <summary>The steps of the <c>rollout</c> workflow; what they do stands in <see cref="RolloutOperations"/>.</summary>
public static class RolloutActivities
{
    internal const string Begin = "rollout-begin";
    internal const string Share = "rollout-share";
    internal const string Check = "rollout-check";
    internal const string Note = "rollout-note";
    internal const string End = "rollout-end";

    /// <summary>Adds the workflow and its activities to a host's catalog.</summary>
    public static WorkflowCatalog AddRollout(
        this WorkflowCatalog catalog,
        IEntityTable tables,
        EndpointStore endpoints,
        ModelRegistry registry,
        ModelCache models,
        RolloutSources sources,
        TimeProvider time,
        ILogger logger)
    {
        var operations = new RolloutOperations(new RolloutTable(tables), endpoints, registry, models, sources, time, logger);
        return catalog
            .Add(new RolloutWorkflow(RolloutWorkflow.First))
            .Add(new RolloutWorkflow())
            .Add(new RolloutActivity<RolloutInput, BeginResult>(Begin, operations.BeginAsync))
            .Add(new RolloutActivity<ShareInput, ShareResult>(Share, operations.ShareAsync))
            .Add(new RolloutActivity<CheckInput, CheckResult>(Check, operations.CheckAsync))
            .Add(new RolloutActivity<CommandInput, bool>(Note, async (id, input, token) =>
            {
                await operations.NoteAsync(id, input, token);
                return true;
            }))
            .Add(new RolloutActivity<EndInput, EndResult>(End, operations.EndAsync));
    }

    /// <summary>An activity whose rollout is the calling workflow instance.</summary>
    private sealed class RolloutActivity<TInput, TOutput>(string name, Func<string, TInput, CancellationToken, Task<TOutput>> run) : Activity<TInput, TOutput>
    {
        public override string Name => name;

        public override Task<TOutput> RunAsync(ActivityContext context, TInput input, CancellationToken cancellationToken) =>
            run(context.InstanceId, input, cancellationToken);
    }
}
