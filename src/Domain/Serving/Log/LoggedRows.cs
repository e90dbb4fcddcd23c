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
        object?[][] values = Values(signature, rows);
        List<Column> columns = [.. signature.Inputs.Select((feature, i) => new FeatureColumnBuilder(feature with { Optional = true }, true, problems).Build(values[i]))];
        problems.ThrowIfAny();
        return new Table(columns, rows.Count);
    }

    /// <summary>By input and row. Row by row, since what a row has lies together.</summary>
    private static object?[][] Values(ModelSignature signature, IReadOnlyList<LoggedPrediction> rows)
    {
        object?[][] values = [.. signature.Inputs.Select(_ => new object?[rows.Count])];
        var places = signature.Inputs.Select((feature, i) => (feature.Name, i)).ToDictionary(f => f.Name, f => f.i, StringComparer.Ordinal);
        for (int row = 0; row < rows.Count; row++)
        {
            foreach ((string name, object value) in rows[row].Features)
            {
                if (places.TryGetValue(name, out int place) && !rows[row].Redacted.Contains(name))
                    values[place][row] = value;
            }
        }

        return values;
    }
}
