namespace MlOps.Learning.Tables.Parsing;

/// <summary>One thing wrong with a file. <paramref name="Column"/> is 1-based, 0 when the whole row is meant.</summary>
internal sealed record TableProblem(long Line, int Column, string Code, string Message);

/// <summary>What is wrong with a file, gathered so that it can be reported at once.</summary>
internal sealed class TableProblems(int limit)
{
    private readonly List<TableProblem> _problems = [];

    public bool Any => _problems.Count > 0;

    public bool IsFull => _problems.Count >= limit;

    public void Add(TableProblem problem)
    {
        if (!IsFull)
            _problems.Add(problem);
    }

    public void ThrowIfAny() => ThrowIfAny([this], limit);

    /// <summary>Reports the problems that different readers of one file found, in the order of the file.</summary>
    public static void ThrowIfAny(IReadOnlyList<TableProblems> found, int limit)
    {
        List<TableProblem> all = [.. found.SelectMany(f => f._problems).OrderBy(p => p.Line).ThenBy(p => p.Column).DistinctBy(p => (p.Line, p.Column))];
        if (all.Count == 1)
            throw MlOpsException.Invalid(all[0].Code, all[0].Message);
        if (all.Count > 1)
            throw ToException(all, limit);
    }

    private static MlOpsException ToException(List<TableProblem> all, int limit)
    {
        string code = all.TrueForAll(p => p.Code == all[0].Code) ? all[0].Code : "table-invalid";
        string count = all.Count >= limit ? $"the first {limit} problems" : $"{all.Count} problems";
        return MlOpsException.Invalid(code, $"{count} of the file:\n" + string.Join('\n', all.Take(limit).Select(p => "  " + p.Message)));
    }
}
