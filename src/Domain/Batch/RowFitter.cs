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
    /// <param name="most">Problems after which the others are not looked for, and no row is said to fit.</param>
    /// <returns>Every row, as it is in <paramref name="rows"/> or read from its texts, when there are no problems.</returns>
    public FittedRows Fit(Table rows, int most)
    {
        if (IsPlain(rows))
            return new FittedRows(WithAbsent(rows), null, []);
        var problems = new List<RowProblem>();
        if (TryBind(rows, out Table bound) is null)
            return new FittedRows(bound, null, []);
        Search(rows, 0, rows.RowCount, problems, most);
        if (problems.Count >= most)
            return new FittedRows(null, [], problems);
        int[] good = [.. Enumerable.Range(0, rows.RowCount).Except(problems.Select(p => p.Row))];
        return new FittedRows(good.Length == 0 ? null : _binder.Bind(rows.Take(good)), good, problems);
    }

    /// <summary>Halves the rows until those that do not fit are alone.</summary>
    private void Search(Table rows, int from, int count, List<RowProblem> problems, int most)
    {
        if (problems.Count >= most)
            return;
        int[] some = [.. Enumerable.Range(from, count)];
        if (TryBind(rows.Take(some), out _) is not { } problem)
            return;
        if (count == 1)
        {
            problems.Add(new RowProblem(from, problem.Replace("row 0: ", "", StringComparison.Ordinal)));
            return;
        }

        Search(rows, from, count / 2, problems, most);
        Search(rows, from + (count / 2), count - (count / 2), problems, most);
    }

    private string? TryBind(Table rows, out Table bound)
    {
        bound = rows;
        try
        {
            bound = _binder.Bind(rows);
            return null;
        }
        catch (MlOpsException e) when (e.Kind == ErrorKind.Invalid)
        {
            return e.Message;
        }
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
