using MlOps.Domain.Evaluation;
using MlOps.Domain.Experiments;
using MlOps.Domain.Workflows;

namespace MlOps.Domain.Pipelines.Steps;

/// <summary>Checks every gate on the stored evaluation. A failed gate is a verdict; the run is kept and says so.</summary>
internal sealed class CheckGatesActivity(PipelineDocuments documents, EvaluationArtifacts artifacts, ExperimentTracker tracker) : Activity<EvaluateInput, GateOutcome>
{
    public override string Name => PipelineActivities.CheckGates;

    public override async Task<GateOutcome> RunAsync(ActivityContext context, EvaluateInput input, CancellationToken cancellationToken)
    {
        PipelineSpec spec = await documents.LoadAsync(input.Run.Document, cancellationToken);
        (EvaluationReport candidate, ChampionComparison? champion) = await artifacts.LoadAsync(input.Candidate.RunId, cancellationToken);
        IReadOnlyList<GateVerdict> verdicts = GateEvaluator.Check(spec.Gates, candidate, champion);
        await artifacts.SaveAsync(input.Candidate.RunId, verdicts, cancellationToken);
        var tags = new Dictionary<string, string> { ["gates"] = verdicts.All(v => v.Passed) ? "passed" : "failed" };
        await tracker.SetTagsAsync(input.Candidate.RunId, tags, cancellationToken);
        return new(BriefVerdicts.Of(verdicts));
    }
}
