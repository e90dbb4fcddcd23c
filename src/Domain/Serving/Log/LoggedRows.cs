using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Serving.Log;

/// <summary>Logged predictions as a table again.</summary>
public static class LoggedRows
{
    /// <summary>The signature's inputs as columns; what a row does not have is missing.</summary>
    public static Table Features(ModelSignature signature, IReadOnlyList<LoggedPrediction> rows)
    {
        var problems = new RequestProblems();
        List<Column> columns = [.. signature.Inputs.Select(feature => ColumnOf(feature with { Optional = true }, rows, problems))];
        problems.ThrowIfAny();
        return new Table(columns, rows.Count);
    }

    private static Column ColumnOf(FeatureSignature feature, IReadOnlyList<LoggedPrediction> rows, RequestProblems problems) =>
        new FeatureColumnBuilder(feature, true, problems).Build([.. rows.Select(r => r.Features.GetValueOrDefault(feature.Name))]);
}
