using MlOps.Domain.Datasets;
using MlOps.Domain.Experiments;
using MlOps.Domain.Monitoring;
using MlOps.Domain.Pipelines.Steps;
using MlOps.Domain.Registry;
using MlOps.Domain.Serving.Log;
using MlOps.Domain.Storage;
using MlOps.Domain.Training;
using MlOps.Domain.Workflows;

namespace MlOps.Domain.Pipelines;

/// <summary>The workflows and activities of pipelines.</summary>
public static class PipelineCatalog
{
    /// <param name="codeVersion">What the lineage says of the program that trained, for example a commit.</param>
    public static WorkflowCatalog AddPipelines(
        this WorkflowCatalog catalog,
        Pipelines pipelines,
        IBlobStore blobs,
        PipelineParser parser,
        DatasetCatalog datasets,
        ExperimentTracker tracker,
        ModelTrainer trainer,
        ModelStore models,
        ModelRegistry registry,
        Monitors monitors,
        LogPolicies policies,
        string codeVersion)
    {
        var documents = new PipelineDocuments(blobs, parser);
        var artifacts = new EvaluationArtifacts(tracker);
        var comparer = new ChampionComparer(models, new TrainingHistory(datasets, tracker));
        return catalog
            .Add(new PipelineWorkflow(PipelineWorkflow.First))
            .Add(new PipelineWorkflow(PipelineWorkflow.Second))
            .Add(new PipelineWorkflow())
            .Add(new PipelineRetrainWorkflow())
            .Add(new PrepareActivity(documents, datasets))
            .Add(new CheckSchemaActivity(documents, datasets))
            .Add(new TrainActivity(documents, datasets, trainer, codeVersion))
            .Add(new EvaluateActivity(documents, datasets, models, registry, comparer, artifacts, tracker))
            .Add(new CheckGatesActivity(documents, artifacts, tracker))
            .Add(new FindChampionActivity(documents, registry))
            .Add(new RegisterActivity(documents, registry, models, tracker, policies))
            .Add(new SetMonitorActivity(documents, monitors))
            .Add(new StartPipelineActivity(pipelines));
    }
}
