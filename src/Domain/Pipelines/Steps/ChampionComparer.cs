using MlOps.Domain.Evaluation;
using MlOps.Domain.Registry;
using MlOps.Domain.Training;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Pipelines.Steps;

/// <summary>A candidate, the table it was trained on, its test rows and its report on them.</summary>
internal sealed record EvaluatedCandidate(string RunId, IModel Model, Table Table, int[] Test, EvaluationReport Report);

/// <summary>
/// Compares a candidate with the champion on those test rows that the champion did not learn from. A row keeps its part only while
/// columns, split and seed stay; after a change of any of them most test rows would be the champion's own training rows, and no
/// candidate could stand up to it.
/// </summary>
internal sealed class ChampionComparer(ModelStore models, TrainingHistory history)
{
    /// <summary>So many rows are enough, or half of the test rows where that is less. Fewer say more about chance than about the models.</summary>
    public const int EnoughRows = 100;

    // The reason travels in messages, once for each gate.
    private const int ReasonChars = 300;

    private const string Remedy = "add rows, train by the split it was trained by, or let the gate pass unmeasured (unmeasured: pass)";

    public async Task<ChampionComparison> CompareAsync(EvaluatedCandidate candidate, ModelVersion champion, EvaluationSpec spec, CancellationToken cancellationToken)
    {
        if (!champion.HasModel)
            return NotPossible(champion, "an MLflow client registered it in a format that cannot be scored here");
        try
        {
            IModel model = await models.LoadAsync(new(champion.ModelDigest, champion.ModelSize), cancellationToken);
            // What the model cannot read is the better reason than what is left without it.
            model.Score(candidate.Table.Take(candidate.Test.AsSpan(0, 1)));
            int[] rows = await UnseenAsync(candidate, champion, cancellationToken);
            int enough = Math.Min(EnoughRows, (candidate.Test.Length + 1) / 2);
            return rows.Length < enough
                ? NotPossible(champion, $"{rows.Length} of {candidate.Test.Length} test rows are new to it, {enough} are needed")
                : Compare(candidate, champion, model, rows, spec);
        }
        catch (MlOpsException e) when (e.Kind is ErrorKind.Invalid or ErrorKind.NotFound)
        {
            // It lacks its lineage, or the data a column that it needs.
            return NotPossible(champion, e.Message);
        }
    }

    private async Task<int[]> UnseenAsync(EvaluatedCandidate candidate, ModelVersion champion, CancellationToken cancellationToken)
    {
        if (await history.SameSplitAsync(candidate.RunId, champion.RunId, cancellationToken))
            return candidate.Test;
        LearnedRows learned = await history.LearnedRowsAsync(champion.RunId, cancellationToken);
        return learned.NotAmong(candidate.Table, candidate.Test, [.. champion.Signature.Inputs.Select(input => input.Name), champion.Signature.Target]);
    }

    private static ChampionComparison Compare(EvaluatedCandidate candidate, ModelVersion champion, IModel model, int[] rows, EvaluationSpec spec)
    {
        Table table = candidate.Table.Take(rows);
        EvaluationReport report = rows.Length == candidate.Test.Length ? candidate.Report : ModelEvaluator.Evaluate(candidate.Model, table, spec);
        return ChampionComparison.Of(champion.Name, report, ModelEvaluator.Evaluate(model, table, spec));
    }

    private static ChampionComparison NotPossible(ModelVersion champion, string why)
    {
        string reason = why.Length <= ReasonChars ? why : why[..(ReasonChars - 3)] + "...";
        return ChampionComparison.NotPossible(champion.Name, $"{reason}; {Remedy}");
    }
}
