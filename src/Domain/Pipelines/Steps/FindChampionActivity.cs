using MlOps.Domain.Registry;
using MlOps.Domain.Workflows;

namespace MlOps.Domain.Pipelines.Steps;

/// <summary>Which version is the champion now.</summary>
internal sealed class FindChampionActivity(PipelineDocuments documents, ModelRegistry registry) : Activity<StepInput, ChampionFound>
{
    public override string Name => PipelineActivities.FindChampion;

    public override async Task<ChampionFound> RunAsync(ActivityContext context, StepInput input, CancellationToken cancellationToken)
    {
        PipelineSpec spec = await documents.LoadAsync(input.Run.Document, cancellationToken);
        return new((await ChampionVersion.FindAsync(registry, spec.Model, cancellationToken))?.Version);
    }
}
