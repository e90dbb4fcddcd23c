using System.Text.Json;
using MlOps.Domain.Evaluation;
using MlOps.Domain.Experiments;
using MlOps.Domain.Workflows;

namespace MlOps.Domain.Pipelines.Steps;

/// <summary>The evaluation of a run's model, and its comparison with the champion.</summary>
internal sealed class EvaluationArtifacts(ExperimentTracker tracker)
{
    public const string Candidate = "evaluation.json";
    public const string Champion = "comparison.json";
    public const string Gates = "gates.json";

    public async Task SaveAsync(string runId, EvaluationReport candidate, ChampionComparison? champion, CancellationToken cancellationToken)
    {
        await WriteAsync(runId, Champion, champion, cancellationToken);
        await WriteAsync(runId, Candidate, candidate, cancellationToken);
    }

    public Task SaveAsync(string runId, IReadOnlyList<GateVerdict> verdicts, CancellationToken cancellationToken) =>
        WriteAsync(runId, Gates, verdicts, cancellationToken);

    public async Task<(EvaluationReport Candidate, ChampionComparison? Champion)> LoadAsync(string runId, CancellationToken cancellationToken) =>
        ((await ReadAsync<EvaluationReport>(runId, Candidate, cancellationToken))!, await ReadAsync<ChampionComparison>(runId, Champion, cancellationToken));

    private async Task WriteAsync<T>(string runId, string path, T value, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(value, WorkflowJson.Options));
        await tracker.LogArtifactAsync(runId, path, content, cancellationToken);
    }

    private async Task<T?> ReadAsync<T>(string runId, string path, CancellationToken cancellationToken)
    {
        await using Stream content = await tracker.OpenArtifactAsync(runId, path, cancellationToken);
        return await JsonSerializer.DeserializeAsync<T>(content, WorkflowJson.Options, cancellationToken);
    }
}
