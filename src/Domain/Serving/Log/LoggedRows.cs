using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Serving.Log;

/// <summary>Logged predictions as a table again.</summary>
public static class LoggedRows
{
    /// <summary>Features that some row has without their value.</summary>
    public static IReadOnlyList<string> Redacted(IReadOnlyList<LoggedPrediction> rows) => [.. rows.SelectMany(r => r.Redacted).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>The signature's inputs as columns; what a row does not have is missing, and so is what the log redacts (<see cref="Redacted"/>).</summary>
    public static Table Features(ModelSignature signature, IReadOnlyList<LoggedPrediction> rows)
    {
        var problems = new RequestProblems();
        List<Column> columns = [.. signature.Inputs.Select(feature => ColumnOf(feature with { Optional = true }, rows, problems))];
        problems.ThrowIfAny();
        return new Table(columns, rows.Count);
    }

    private static Column ColumnOf(FeatureSignature feature, IReadOnlyList<LoggedPrediction> rows, RequestProblems problems) =>
        new FeatureColumnBuilder(feature, true, problems).Build([.. rows.Select(r => r.Redacted.Contains(feature.Name) ? null : r.Features.GetValueOrDefault(feature.Name))]);
}
