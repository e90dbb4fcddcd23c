namespace MlOps.Domain.Evaluation;

/// <summary>The champion beside the candidate, both on rows that neither of them learned from; or why that could not be measured.</summary>
/// <param name="Champion">The champion's name: <c>churn/3</c>.</param>
/// <param name="CandidateReport">Null when it could not be measured.</param>
/// <param name="ChampionReport">On the same rows; null when it could not be measured.</param>
/// <param name="Unmeasured">One sentence, with what to do; null when it was measured.</param>
public sealed record ChampionComparison(string Champion, EvaluationReport? CandidateReport, EvaluationReport? ChampionReport, string? Unmeasured)
{
    public static ChampionComparison Of(string champion, EvaluationReport candidateReport, EvaluationReport championReport) =>
        new(champion, candidateReport, championReport, null);

    public static ChampionComparison NotPossible(string champion, string reason) => new(champion, null, null, reason);
}
