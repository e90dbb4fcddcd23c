namespace MlOps.Domain.Training;

/// <summary>How rows are divided. The same spec over the same rows gives the same division.</summary>
/// <param name="Test">Share of all rows that is held out for evaluation; at least 0, below 1.</param>
/// <param name="Validation">Share of all rows for early stopping and the choice between trainers; at least 0, below 1.</param>
/// <param name="StratifyBy">
/// Column whose values keep their shares in every part. Default: the target for classification, none for regression. A number column of
/// more than 20 distinct values is stratified by its deciles.
/// </param>
/// <param name="TimeColumn">Timestamp or number column: the last rows are the test rows, those before them the validation rows. Not together with StratifyBy.</param>
/// <param name="Folds">0 for no cross-validation, else 2 to 100. The folds are cut from the rows that are not held out for the test.</param>
public sealed record SplitSpec(
    double Test = 0.2,
    double Validation = 0.1,
    string? StratifyBy = null,
    string? TimeColumn = null,
    int Folds = 0,
    ulong Seed = 42)
{
    public const int MaxFolds = 100;

    /// <exception cref="MlOpsException">Invalid <c>split-spec</c>: all that is wrong, at once.</exception>
    public void Check()
    {
        string[] problems = [.. Problems()];
        if (problems.Length > 0)
            throw MlOpsException.Invalid("split-spec", "the split is not possible: " + string.Join("; ", problems));
    }

    private IEnumerable<string> Problems()
    {
        if (!(Test is >= 0 and < 1))
            yield return $"test is {Test}, it must be at least 0 and below 1";
        if (!(Validation is >= 0 and < 1))
            yield return $"validation is {Validation}, it must be at least 0 and below 1";
        if (Test + Validation >= 1)
            yield return $"test {Test} and validation {Validation} leave no rows to train on";
        if (Folds is not (0 or (>= 2 and <= MaxFolds)))
            yield return $"folds is {Folds}, it must be 0 (off) or 2 to {MaxFolds}";
        if (StratifyBy is not null && TimeColumn is not null)
            yield return $"rows cannot be stratified by '{StratifyBy}' and ordered by '{TimeColumn}' at once; choose one";
    }
}
