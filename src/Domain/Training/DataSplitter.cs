using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Training;

/// <summary>Divides rows into train, validation and test, or into folds: stratified at random by seed, or in order of time. A row keeps its part, but for a few at the edges, when the table grows.</summary>
public static class DataSplitter
{
    /// <summary>One hold-out division.</summary>
    /// <exception cref="MlOpsException">
    /// Invalid <c>split-spec</c>, <c>split-column</c> (the column to stratify or order by is unusable), <c>split-empty</c> (a part that was
    /// asked for would have no rows).
    /// </exception>
    public static DataSplit Split(Table table, SplitSpec spec, string target, LearningTask task)
    {
        spec.Check();
        return CheckNotEmpty(spec.TimeColumn is { } column
            ? TimeOrder.Of(table[column]).Split(spec)
            : Draw(table, spec, target, task).Split(spec), spec, table.RowCount);
    }

    /// <summary>
    /// <see cref="SplitSpec.Folds"/> divisions whose test parts are disjoint; <see cref="SplitSpec.Test"/> does not matter. At random they
    /// cover every row; by time each fold trains on all before its test block (forward chaining).
    /// </summary>
    /// <exception cref="MlOpsException">As for <see cref="Split"/>.</exception>
    public static IReadOnlyList<DataSplit> Folds(Table table, SplitSpec spec, string target, LearningTask task)
    {
        spec.Check();
        if (spec.Folds < 2)
            throw MlOpsException.Invalid("split-spec", $"folds is {spec.Folds}, cross-validation needs 2 to {SplitSpec.MaxFolds}");
        SplitSpec fold = spec with { Test = 1.0 / spec.Folds };
        IReadOnlyList<DataSplit> folds = spec.TimeColumn is { } column
            ? TimeOrder.Of(table[column]).Folds(spec)
            : Draw(table, spec, target, task).Folds(spec);
        return [.. folds.Select(split => CheckNotEmpty(split, fold, table.RowCount))];
    }

    private static StratifiedDraw Draw(Table table, SplitSpec spec, string target, LearningTask task) =>
        new(Strata.Of(table, spec, target, task), RowIdentity.Of(table));

    private static DataSplit CheckNotEmpty(DataSplit split, SplitSpec spec, int rows)
    {
        (string Part, int Rows, double Share)[] parts =
        [
            ("train", split.Train.Length, 1), ("validation", split.Validation.Length, spec.Validation), ("test", split.Test.Length, spec.Test),
        ];
        foreach ((string part, int count, double share) in parts)
        {
            if (count == 0 && share > 0)
                throw MlOpsException.Invalid("split-empty", $"the {part} part would be empty: {rows} rows with test {spec.Test:0.###} and validation {spec.Validation:0.###}{Cause(spec)}; add rows or change the shares");
        }

        return split;
    }

    private static string Cause(SplitSpec spec) => spec.TimeColumn is { } column
        ? $", rows of the same '{column}' stay together"
        : ", one row of each class or stratum is kept for training";
}
