using Microsoft.Extensions.Logging;
using MlOps.Domain.Registry;
using MlOps.Domain.Rollout.Evidence;
using MlOps.Domain.Rollout.Steps;
using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Models;
using MlOps.Domain.Storage;
using MlOps.Domain.Workflows;

namespace MlOps.Domain.Rollout;

/// <summary>The steps of the <c>rollout</c> workflow; what they do stands in the folder <c>Steps</c>.</summary>
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
        var table = new RolloutTable(tables);
        var ownership = new RolloutOwnership(table, endpoints, time);
        var ending = new RolloutEnding(table, endpoints, registry, models, ownership, time, logger);
        var beginning = new RolloutBeginning(table, endpoints, registry, models, sources.Policies, ownership, ending, time, logger);
        var gatherer = new EvidenceGatherer(sources, time);
        var check = new RolloutCheck(table, endpoints, registry, models, sources, gatherer, ownership, time, logger);
        return catalog
            .Add(new RolloutWorkflow(RolloutWorkflow.First))
            .Add(new RolloutWorkflow(RolloutWorkflow.Second))
            .Add(new RolloutWorkflow())
            .Add(new RolloutActivity<RolloutInput, BeginResult>(Begin, beginning.BeginAsync))
            .Add(new RolloutActivity<ShareInput, ShareResult>(Share, new RolloutSharing(table, registry, models, ownership, time).ShareAsync))
            .Add(new RolloutActivity<CheckInput, CheckResult>(Check, check.CheckAsync))
            .Add(new RolloutActivity<CommandInput, bool>(Note, new RolloutNotes(table, time).NoteAsync))
            .Add(new RolloutActivity<EndInput, EndResult>(End, (id, input, token) =>
            {
                gatherer.Forget(id);
                return ending.EndAsync(id, input, token);
            }));
    }

    /// <summary>An activity whose rollout is the calling workflow instance.</summary>
    private sealed class RolloutActivity<TInput, TOutput>(string name, Func<string, TInput, CancellationToken, Task<TOutput>> run) : Activity<TInput, TOutput>
    {
        public override string Name => name;

        public override Task<TOutput> RunAsync(ActivityContext context, TInput input, CancellationToken cancellationToken) =>
            run(context.InstanceId, input, cancellationToken);
    }
}
