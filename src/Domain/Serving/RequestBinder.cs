using System.Text.Json;
using MlOps.Domain.Serving.Log;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Serving;

/// <summary>
/// Builds the table a model wants from what a request brought, whatever the protocol. All problems are told at once, each with
/// row (from 0), feature and expected type. Codes, all Invalid: <c>request-empty</c>, <c>request-shape</c>, <c>feature-missing</c>,
/// <c>feature-unknown</c>, <c>feature-null</c>, <c>feature-type</c>.
/// A name the model does not know is ignored, unless it looks like a misspelt feature that the request lacks: then it is an error even
/// if the feature may be missing, for a slip must never become a silent missing value; of records each is looked at by itself.
/// null and NaN are missing values, allowed where training saw some. A category that training never saw is allowed and scores as missing.
/// </summary>
/// <param name="rule">What of the values may be shown; default everything.</param>
public sealed class RequestBinder(ModelSignature signature, LogRule? rule = null)
{
    public ModelSignature Signature => signature;

    /// <summary>Columns by name, of equal length.</summary>
    public Table BindColumns(IReadOnlyList<RequestColumn> columns) => BindColumns(columns, new RequestProblems());

    private Table BindColumns(IReadOnlyList<RequestColumn> columns, RequestProblems problems)
    {
        if (columns.Count == 0 || columns[0].Values.Count == 0)
            throw Empty(signature);
        if (columns.FirstOrDefault(c => c.Values.Count != columns[0].Values.Count) is { } uneven)
            throw Shape($"column '{uneven.Name}' has {uneven.Values.Count} values, column '{columns[0].Name}' has {columns[0].Values.Count}; every column needs one value a row");
        if (columns.GroupBy(c => c.Name).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw Shape($"column '{twice.Key}' is there {twice.Count()} times; give it once");
        var byName = columns.ToDictionary(c => c.Name, c => c.Values, StringComparer.Ordinal);
        return Build(columns[0].Values.Count, byName.Keys, problems, feature => byName.TryGetValue(feature.Name, out IReadOnlyList<object?>? values)
            ? new FeatureColumnBuilder(feature, false, problems, Hides(feature)).Build(values)
            : null);
    }

    /// <summary>A JSON array of objects, one a row; a name absent from a row is a missing value.</summary>
    public Table BindRecords(JsonElement records)
    {
        if (records.ValueKind != JsonValueKind.Array)
            throw Shape($"the rows are a JSON {Kind(records)}; expected an array of objects");
        var read = new RequestRecords(signature, records.GetArrayLength());
        foreach (JsonElement record in records.EnumerateArray())
            read.Add(record.ValueKind == JsonValueKind.Object ? record : throw Shape($"row {read.Count} is a JSON {Kind(record)}; expected an object of feature names and values"));
        if (read.Count == 0)
            throw Empty(signature);
        var problems = new RequestProblems();
        if (read.Count > 1)
            AddMisspelt(read, problems);
        return Build(read.Count, read.Unknown, problems, feature => read.ValuesOf(feature.Name) is { } values
            ? new FeatureColumnBuilder(feature, false, problems, Hides(feature)).Build(values)
            : null);
    }

    /// <summary>Rows of values; without names they are in the order of the signature's inputs, and must be as many.</summary>
    public Table BindRows(IReadOnlyList<IReadOnlyList<object?>> rows, IReadOnlyList<string>? names)
    {
        if (rows.Count == 0)
            throw Empty(signature);
        IReadOnlyList<string> columns = names ?? [.. signature.Inputs.Select(i => i.Name)];
        for (int row = 0; row < rows.Count; row++)
        {
            if (rows[row].Count != columns.Count)
                throw Shape($"row {row} has {rows[row].Count} values, expected {columns.Count}{(names is null ? " in this order" : "")}: {Listed(columns)}");
        }

        return BindColumns([.. columns.Select((name, i) => new RequestColumn(name, [.. rows.Select(r => r[i])]))]);
    }

    /// <summary>A table, for example of a CSV body; columns of another type than the feature's are read from their text.</summary>
    public Table Bind(Table rows) => Bind(rows, new RequestProblems());

    /// <summary>As <see cref="Bind(Table)"/>; what <paramref name="problems"/> does not throw of is a missing value in the table.</summary>
    public Table Bind(Table rows, RequestProblems problems)
    {
        if (rows.RowCount == 0)
            throw Empty(signature);
        return Build(rows.RowCount, rows.ColumnNames, problems, feature => rows.Find(feature.Name) is { } column ? Fit(column, feature, problems) : null);
    }

    /// <summary>Features that some records have and others only under a name that looks like it; what no record has is found by its column.</summary>
    private void AddMisspelt(RequestRecords records, RequestProblems problems)
    {
        foreach (FeatureSignature feature in signature.Inputs)
        {
            // Names are compared only where a record lacks the feature: that takes time.
            if (records.ValuesOf(feature.Name) is not { } values || !values.Contains(null))
                continue;
            string[] alike = [.. records.Unknown.Where(n => NameSuggestion.Closest(feature.Name, [n]) is not null)];
            for (int row = 0; row < values.Length; row++)
            {
                if (values[row] is null && NameSuggestion.Closest(feature.Name, alike.Where(n => records.Has(n, row))) is { } misspelt)
                    problems.Add(row, "feature-unknown", $"feature '{misspelt}' is unknown; did you mean '{feature.Name}'?");
            }
        }
    }

    private Table Build(int rowCount, IEnumerable<string> given, RequestProblems problems, Func<FeatureSignature, Column?> build)
    {
        string[] unknown = [.. given.Where(n => !signature.Inputs.Any(i => i.Name == n))];
        var columns = new List<Column>(signature.Inputs.Count);
        foreach (FeatureSignature feature in signature.Inputs)
            columns.Add(build(feature) ?? Absent(feature, rowCount, unknown, problems));
        problems.ThrowIfAny();
        return new Table(columns, rowCount);
    }

    private static Column Absent(FeatureSignature feature, int rowCount, string[] unknown, RequestProblems problems)
    {
        if (NameSuggestion.Closest(feature.Name, unknown) is { } misspelt)
            problems.Add("feature-unknown", $"feature '{misspelt}' is unknown; did you mean '{feature.Name}'?");
        else if (!feature.Optional)
            problems.Add("feature-missing", $"feature '{feature.Name}' ({Name(feature.Type)}) is missing from the request; every row needs it");
        return new FeatureColumnBuilder(feature with { Optional = true }, false, problems).Build(new object?[rowCount]);
    }

    private Column Fit(Column column, FeatureSignature feature, RequestProblems problems)
    {
        bool fits = column.Type == feature.Type && column is not NumberColumn && (feature.Optional || !HasMissing(column));
        return fits ? column : new FeatureColumnBuilder(feature, true, problems, Hides(feature)).Build(column is NumberColumn number && feature.Type == ColumnType.Number
            ? [.. number.Values.ToArray().Select(v => (object?)v)]
            : [.. Enumerable.Range(0, column.Count).Select(object? (row) => column.Format(row))]);
    }

    private bool Hides(FeatureSignature feature) => rule?.Hides(feature.Name) ?? false;

    private static bool HasMissing(Column column) => Enumerable.Range(0, column.Count).Any(column.IsMissing);

    internal static MlOpsException Empty(ModelSignature signature) => MlOpsException.Invalid("request-empty", $"the request has no rows; give at least one with the features {Listed([.. signature.Inputs.Select(i => i.Name)])}");

    private static MlOpsException Shape(string message) => MlOpsException.Invalid("request-shape", message);

    private static string Name(ColumnType type) => type.ToString().ToLowerInvariant();

    private static string Kind(JsonElement json) => json.ValueKind.ToString().ToLowerInvariant();

    private static string Listed(IReadOnlyList<string> names) => names.Count <= 30 ? string.Join(", ", names) : string.Join(", ", names.Take(30)) + $", ... ({names.Count} in all)";
}
