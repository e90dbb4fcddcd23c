using MlOps.Domain.Experiments;
using MlOps.Domain.Registry;
using MlOps.Domain.Serving.Log;
using MlOps.Domain.Training;
using MlOps.Domain.Workflows;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Pipelines.Steps;

/// <summary>
/// Registers the chosen candidate; the same run is registered once. The document's log policy is in force from then on: before the
/// version gets its first request.
/// </summary>
internal sealed class RegisterActivity(PipelineDocuments documents, ModelRegistry registry, ModelStore models, ExperimentTracker tracker, LogPolicies policies)
    : Activity<RegisterInput, RegisteredVersion>
{
    public override string Name => PipelineActivities.Register;

    public override async Task<RegisteredVersion> RunAsync(ActivityContext context, RegisterInput input, CancellationToken cancellationToken)
    {
        PipelineSpec spec = await documents.LoadAsync(input.Run.Document, cancellationToken);
        IModel model = await models.LoadAsync(new(input.Candidate.ModelDigest, input.Candidate.ModelSize), cancellationToken);
        Run run = await tracker.GetRunAsync(input.Candidate.RunId, cancellationToken);
        var registration = new ModelRegistration(
            run.Id, input.Candidate.ModelDigest, input.Candidate.ModelSize, model.Trainer, model.Signature, input.Metrics,
            run.Lineage, spec.Registration.Description);
        ModelVersion version = await registry.RegisterAsync(spec.Model, registration, input.By, cancellationToken);
        if (spec.Serving?.Log is { } log)
            await policies.StoreAsync(spec.Model, log, $"pipeline {spec.Name}", cancellationToken);
        return new(version.Model, version.Version);
    }
}
