using Microsoft.Extensions.Logging;
using MlOps.Domain.Datasets;
using MlOps.Domain.Registry;
using MlOps.Domain.Serving.Models;
using MlOps.Domain.Storage;
using MlOps.Domain.Workflows;

namespace MlOps.Domain.Batch;

/// <summary>The steps of the <c>batch-prediction</c> workflow; what they do stands in <see cref="BatchOperations"/>.</summary>
public static class BatchActivities
{
    /// <summary>Adds the workflows and their activities to a host's catalog.</summary>
    public static WorkflowCatalog AddBatch(
        this WorkflowCatalog catalog,
        IEntityTable tables,
        IBlobStore blobs,
        DatasetCatalog datasets,
        ModelRegistry registry,
        ModelCache models,
        TimeProvider time,
        ILogger logger)
    {
        var operations = new BatchOperations(new BatchTable(tables), new BatchBlobs(blobs), datasets, registry, models, time, logger);
        return catalog
            .Add(new BatchPredictionWorkflow())
            .Add(new BatchGroupWorkflow())
            .Add(new BatchActivity<string, BatchSize>(BatchSteps.Plan, operations.PlanAsync))
            .Add(new BatchActivity<PartInput, PartsDone>(BatchSteps.Score, operations.ScoreAsync))
            .Add(new BatchActivity<string, BatchResult>(BatchSteps.Finish, operations.FinishAsync))
            .Add(new BatchActivity<string, BatchResult>(BatchSteps.Save, operations.SaveAsync));
    }

    private sealed class BatchActivity<TInput, TOutput>(string name, Func<TInput, CancellationToken, Task<TOutput>> run) : Activity<TInput, TOutput>
    {
        public override string Name => name;

        public override Task<TOutput> RunAsync(ActivityContext context, TInput input, CancellationToken cancellationToken) => run(input, cancellationToken);
    }
}
