using System.Globalization;
using MlOps.Learning.Tables;

namespace MlOps.Domain.Pipelines.Steps;

/// <summary>Holds a table to a pipeline's schema section; every breach is one sentence.</summary>
internal static class SchemaCheck
{
    private const int ShownValues = 3;

    public static IReadOnlyList<string> Problems(Table table, PipelineSpec spec)
    {
        var problems = new List<string>();
        if (table.RowCount < spec.Schema.MinRows)
            problems.Add($"{table.RowCount:N0} rows, at least {spec.Schema.MinRows:N0} are required");
        problems.AddRange(spec.Schema.Columns.SelectMany(check => Problems(table, check)));
        problems.AddRange(AbsentColumns(table, spec));
        return problems;
    }

    private static IEnumerable<string> AbsentColumns(Table table, PipelineSpec spec)
    {
        string?[] used =
        [
            spec.Target, spec.Weight, spec.Split.StratifyBy, spec.Split.TimeColumn, .. spec.Features.Include, .. spec.Features.Exclude, .. spec.Slices,
            .. spec.Gates.Select(g => g.Column), .. spec.Monitoring?.Drift?.Exclude ?? [], .. spec.Serving?.Log?.Redact.Keys ?? [],
        ];
        return used.OfType<string>().Distinct().Except(spec.Schema.Columns.Select(c => c.Column)).Where(name => table.Find(name) is null).Select(name => Absent(table, name));
    }

    private static IEnumerable<string> Problems(Table table, ColumnCheck check)
    {
        if (table.Find(check.Column) is not { } column)
            return [Absent(table, check.Column)];
        if (check.Type is { } type && column.Type != type)
            return [$"column '{check.Column}' is of type {Word(column.Type)}, expected {Word(type)}"];
        return [.. Missing(column, check), .. Range(column, check), .. Values(column, check)];
    }

    private static string Absent(Table table, string name) =>
        $"column '{name}' is absent{NameSuggestion.Hint(name, table.ColumnNames)}";

    private static IEnumerable<string> Missing(Column column, ColumnCheck check)
    {
        long missing = Enumerable.Range(0, column.Count).LongCount(column.IsMissing);
        double share = column.Count == 0 ? 0 : (double)missing / column.Count;
        if (check.NotNull && missing > 0)
            yield return $"column '{check.Column}' has {missing:N0} missing values, none is allowed";
        else if (share > check.MaxMissing)
            yield return string.Create(CultureInfo.InvariantCulture, $"column '{check.Column}' has {share:P2} missing values, at most {check.MaxMissing:P2} are allowed");
    }

    private static IEnumerable<string> Range(Column column, ColumnCheck check)
    {
        if (check.Min is null && check.Max is null)
            yield break;
        if (column is not NumberColumn numbers)
        {
            yield return $"column '{check.Column}' is of type {Word(column.Type)} and has no range; expected number";
            yield break;
        }

        int[] outside = [.. Enumerable.Range(0, numbers.Count).Where(row => numbers.Values[row] < check.Min || numbers.Values[row] > check.Max)];
        if (outside.Length > 0)
            yield return string.Create(CultureInfo.InvariantCulture, $"column '{check.Column}' has {outside.Length:N0} values outside {check.Min:R} to {check.Max:R}, for example {numbers.Values[outside[0]]:R} in row {outside[0] + 1}");
    }

    private static IEnumerable<string> Values(Column column, ColumnCheck check)
    {
        if (check.Values is not { } allowed)
            yield break;
        string[] others = [.. Enumerable.Range(0, column.Count).Select(column.Format).OfType<string>().Where(v => !allowed.Contains(v, StringComparer.Ordinal)).Distinct().Take(ShownValues + 1)];
        if (others.Length > 0)
            yield return $"column '{check.Column}' has values that are not allowed: {string.Join(", ", others.Take(ShownValues).Select(v => $"'{v}'"))}{(others.Length > ShownValues ? ", ..." : "")} (allowed: {string.Join(", ", allowed)})";
    }

    private static string Word(ColumnType type) => type.ToString().ToLowerInvariant();
}
