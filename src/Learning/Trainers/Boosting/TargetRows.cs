namespace MlOps.Learning.Trainers.Boosting;

/// <summary>What to learn of each row, and how much the row counts.</summary>
/// <param name="Weights">Null: all alike.</param>
internal sealed record TargetRows(double[] Values, double[]? Weights)
{
    public int Count => Values.Length;

    public double TotalWeight { get; } = Weights?.Sum() ?? Values.Length;

    public double Weight(int row) => Weights is null ? 1 : Weights[row];

    public double Mean() => Sum(v => v) / TotalWeight;

    /// <summary>Weighted sum of something of each value.</summary>
    public double Sum(Func<double, double> of)
    {
        double sum = 0;
        for (int row = 0; row < Count; row++)
            sum += Weight(row) * of(Values[row]);
        return sum;
    }
}
