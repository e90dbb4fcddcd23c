using MlOps.Domain.Serving;

namespace MlOps.Domain.Batch;

/// <summary>What is wrong with rows, of each row by itself and of the first so many: rows with mistakes are results here, and no reason to throw.</summary>
internal sealed class ProblemsByRow(int most) : RequestProblems
{
    private readonly SortedDictionary<int, RequestProblems> _rows = [];

    public override void Add(int row, string code, string text)
    {
        if (!_rows.TryGetValue(row, out RequestProblems? problems) && HasPlace(row))
            _rows[row] = problems = new RequestProblems();
        problems?.Add(code, text);
    }

    /// <summary>Columns are read one after the other, so a row further up may come later and take the place of the last.</summary>
    private bool HasPlace(int row)
    {
        if (_rows.Count < most)
            return true;
        int last = _rows.Keys.Last();
        return row < last && _rows.Remove(last);
    }

    /// <summary>In order of the rows.</summary>
    public IReadOnlyList<RowProblem> Found() => [.. _rows.Select(r => new RowProblem(r.Key, r.Value.ToString()))];
}
