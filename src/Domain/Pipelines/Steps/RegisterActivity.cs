using MlOps.Domain.Experiments;
using MlOps.Domain.Registry;
using MlOps.Domain.Serving.Log;
using MlOps.Domain.Training;
using MlOps.Domain.Workflows;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Pipelines.Steps;

/// <summary>
/// Registers the chosen candidate; the same run is registered once. The document's log policy is in force in every process before the
/// version is known, so that none of its requests is recorded by an older one.
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
        if (spec.Serving?.Log is { } log)
            await ApplyAsync(spec, log, cancellationToken);
        ModelVersion version = await registry.RegisterAsync(spec.Model, registration, input.By, cancellationToken);
        return new(version.Model, version.Version);
    }

    private async Task ApplyAsync(PipelineSpec spec, LogPolicyChange log, CancellationToken cancellationToken)
    {
        LogPolicyState state = await policies.AddAsync(spec.Model, log, $"pipeline {spec.Name}", cancellationToken);
        if (await IsKnownAsync(spec.Model, cancellationToken))
            await policies.InForceEverywhereAsync(state, cancellationToken);
    }

    /// <summary>Nobody has asked a model without versions for anything, so nobody knows an older policy of it.</summary>
    private async Task<bool> IsKnownAsync(string model, CancellationToken cancellationToken)
    {
        try
        {
            await registry.GetModelAsync(model, cancellationToken);
            return true;
        }
        catch (MlOpsException e) when (e.Code == "model-missing")
        {
            return false;
        }
    }
}
