using MlOps.Learning.Statistics;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Explaining;

/// <summary>One input of a model over the rows of a table, and the scores when it is set to other values.</summary>
internal sealed class EffectInput
{
    private readonly IModel _model;

    /// <exception cref="MlOpsException">Invalid <c>explain-feature</c>: the model has no such input, or it is a text or time; no rows.</exception>
    public EffectInput(IModel model, Table rows, string feature, EffectOptions options)
    {
        options.Check();
        string[] names = [.. model.Signature.Inputs.Select(i => i.Name)];
        Input = model.Signature.Inputs.FirstOrDefault(i => i.Name == feature) ?? throw Invalid($"the model has no input '{feature}'{NameSuggestion.Hint(feature, names)} (it has: {string.Join(", ", names.Take(30))})");
        if (Input.Type is ColumnType.Text or ColumnType.Timestamp)
            throw Invalid($"input '{feature}' is a {Input.Type.ToString().ToLowerInvariant()}: effects are shown of numbers, booleans and categories");
        if (rows.RowCount == 0)
            throw Invalid("there are no rows to show an effect on");
        _model = model;
        RowNumbers = rows.RowCount <= options.MaxRows ? [.. Enumerable.Range(0, rows.RowCount)] : new SeededRandom(options.Seed).Sample(rows.RowCount, options.MaxRows);
        Rows = rows.RowCount <= options.MaxRows ? rows : rows.Take(RowNumbers);
        _ = rows[feature];
    }

    public FeatureSignature Input { get; }

    /// <summary>Those that are looked at.</summary>
    public Table Rows { get; }

    /// <summary>Where they stand in the table given.</summary>
    public int[] RowNumbers { get; }

    public bool IsCategory => Input.Levels is not null;

    public IReadOnlyList<string> OutputNames => _model.Signature.Task switch
    {
        LearningTask.Regression => [_model.Signature.Target],
        LearningTask.Binary => [_model.Signature.Classes[1]],
        _ => _model.Signature.Classes,
    };

    /// <summary>By row; NaN where missing.</summary>
    public double[] Numbers()
    {
        var values = new double[Rows.RowCount];
        new Encoders.InputBinder([Input]).Bind(Rows)[0].Read(0, values.Length, values, 1);
        return values;
    }

    /// <summary>Ascending points of a number: its distinct values when they are few, else its quantiles.</summary>
    public double[] Grid(int points) => Grid(points, Quantiles.Type7);

    /// <summary>The same, of values that rows have.</summary>
    public double[] ObservedGrid(int points) => Grid(points, Quantiles.Type1);

    public MlOpsException IsMissing() => Invalid($"input '{Input.Name}' is missing in all rows");

    /// <summary>Scores of rows with the input at a value: a number, or the place of a level.</summary>
    public double[] ScoreAt(Table rows, double value) => ScoreAt(rows, Enumerable.Repeat(value, rows.RowCount));

    /// <param name="values">One a row.</param>
    public double[] ScoreAt(Table rows, IEnumerable<double> values)
    {
        Column column = Input.Levels is { } levels
            ? new CategoryColumn(Input.Name, [.. values.Select(v => double.IsNaN(v) ? -1 : (int)v)], levels)
            : new NumberColumn(Input.Name, [.. values]);
        return _model.Score(rows.With(column)).Scores;
    }

    public double[] Means(double[] scores)
    {
        int outputs = OutputNames.Count;
        var means = new double[outputs];
        for (int i = 0; i < scores.Length; i++)
            means[i % outputs] += scores[i] * outputs / scores.Length;
        return means;
    }

    public EffectPoint Point(double value, IReadOnlyList<double> effects) => Input.Levels is { } levels ? new(null, levels[(int)value], effects) : new(value, null, effects);

    private double[] Grid(int points, Func<ReadOnlySpan<double>, double, double> quantile)
    {
        double[] sorted = [.. Numbers().Where(v => !double.IsNaN(v)).Order()];
        if (sorted.Length == 0)
            throw IsMissing();
        double[] distinct = [.. sorted.Distinct().Take(points + 1)];
        return distinct.Length <= points ? distinct : [.. Enumerable.Range(0, points).Select(i => quantile(sorted, (double)i / (points - 1))).Distinct()];
    }

    private static MlOpsException Invalid(string message) => MlOpsException.Invalid("explain-feature", message);
}
