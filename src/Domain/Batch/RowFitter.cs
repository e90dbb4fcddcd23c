using MlOps.Domain.Serving;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Batch;

/// <summary>
/// Rows as the model reads them, by the rules that requests are held to (<see cref="RequestBinder"/>): a missing value only where training
/// saw some, finite numbers, texts that are what they should be. Rows that fit as they are take a short way.
/// </summary>
internal sealed class RowFitter(ModelSignature signature)
{
    private readonly RequestBinder _binder = new(signature);

    /// <summary>The rows that fit, and of the others which row it is and what is wrong with it.</summary>
    /// <param name="most">Of more problems those of the first rows are told, and no row is said to fit.</param>
    /// <returns>Every row, as it is in <paramref name="rows"/> or read from its texts, when there are no problems.</returns>
    public FittedRows Fit(Table rows, int most)
    {
        if (IsPlain(rows))
            return new FittedRows(WithAbsent(rows), null, []);
        var problems = new ProblemsByRow(most);
        Table bound = _binder.Bind(rows, problems);
        IReadOnlyList<RowProblem> found = problems.Found();
        if (found.Count == 0)
            return new FittedRows(bound, null, []);
        if (found.Count >= most)
            return new FittedRows(null, [], found);
        int[] good = [.. Enumerable.Range(0, rows.RowCount).Except(found.Select(p => p.Row))];
        return new FittedRows(good.Length == 0 ? null : bound.Take(good), good, found);
    }

    private bool IsPlain(Table rows) => signature.Inputs.All(input => rows.Find(input.Name) is not { } column || IsPlain(column, input));

    private static bool IsPlain(Column column, FeatureSignature input)
    {
        bool asText = input.Type is ColumnType.Category or ColumnType.Text;
        if (column.Type != input.Type && !asText)
            return false;
        return column is NumberColumn numbers && !asText ? IsPlain(numbers.Values, input.Optional) : input.Optional || !HasMissing(column);
    }

    private static bool IsPlain(ReadOnlySpan<double> values, bool mayMiss)
    {
        foreach (double value in values)
        {
            if (!double.IsFinite(value) && !(mayMiss && double.IsNaN(value)))
                return false;
        }

        return true;
    }

    private static bool HasMissing(Column column)
    {
        for (int row = 0; row < column.Count; row++)
        {
            if (column.IsMissing(row))
                return true;
        }

        return false;
    }

    /// <summary>Features that the data set lacks, and may lack, are missing in every row.</summary>
    private Table WithAbsent(Table rows)
    {
        foreach (FeatureSignature input in signature.Inputs.Where(i => rows.Find(i.Name) is null))
        {
            var missing = new double[rows.RowCount];
            Array.Fill(missing, double.NaN);
            rows = rows.With(new NumberColumn(input.Name, missing));
        }

        return rows;
    }
}

/// <summary>A row that the model cannot score, counted from 0 within its table, and why.</summary>
internal sealed record RowProblem(int Row, string Reason);

/// <param name="Inputs">What the model scores; null when no row is left.</param>
/// <param name="Good">The rows that are left; null for all.</param>
internal sealed record FittedRows(Table? Inputs, int[]? Good, IReadOnlyList<RowProblem> Problems);
