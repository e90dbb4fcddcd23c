using MlOps.Learning.Trainers;
using MlOps.Learning.Trainers.Linear;

namespace MlOps.Learning.Explaining;

/// <summary>
/// Linear SHAP, interventional with independent inputs: a column contributes its weight times what it is above its mean in training
/// (Lundberg and Lee 2017, corollary 1). The columns of one input (value, indicator of missing, levels) are added up.
/// </summary>
internal sealed class LinearShap
{
    private readonly LinearWeights _fitted;

    /// <summary>Mean of what an input adds, inputs x outputs.</summary>
    private readonly double[] _expected;

    /// <exception cref="MlOpsException">Invalid <c>explain-unsupported</c>: the means are not in the model file and do not follow from the encoding.</exception>
    public LinearShap(LinearWeights fitted, IReadOnlyList<FeatureSignature> inputs)
        : this(fitted, inputs, fitted.Means ?? Standardised(fitted.Encoding))
    {
    }

    private LinearShap(LinearWeights fitted, IReadOnlyList<FeatureSignature> inputs, double[] means)
    {
        _fitted = fitted;
        _expected = new double[inputs.Count * Outputs];
        Base = [.. fitted.Intercepts];
        for (int input = 0; input < inputs.Count; input++)
        {
            foreach (int column in fitted.Encoding.ColumnsOf(input, inputs[input].Levels?.Count ?? 0))
                Expect(input, column, means[column]);
        }
    }

    /// <summary>Mean margin over the training rows, or the background, per output.</summary>
    public double[] Base { get; }

    /// <summary>Bytes it holds besides the weights.</summary>
    public long HeldBytes => MemorySize.Object(24) + MemorySize.Array(_expected) + MemorySize.Array(Base);

    private int Outputs => _fitted.Intercepts.Length;

    /// <summary>Against the means of background rows, one behind the other, in place of those of training.</summary>
    public static LinearShap Against(LinearWeights fitted, IReadOnlyList<FeatureSignature> inputs, ReadOnlySpan<double> background)
    {
        var means = new double[fitted.Encoding.Columns];
        for (int i = 0; i < background.Length; i++)
        {
            (int column, double value) = fitted.Encoding.Encode(i % inputs.Count, background[i]);
            if (column >= 0)
                means[column] += value * inputs.Count / background.Length;
        }

        return new LinearShap(fitted, inputs, means);
    }

    /// <summary>Adds the contributions of rows one behind the other, each outputs x inputs.</summary>
    public void Explain(ReadOnlySpan<double> rows, Span<double> contributions)
    {
        int inputs = _expected.Length / Outputs;
        for (int row = 0; row * inputs < rows.Length; row++)
            ExplainRow(rows.Slice(row * inputs, inputs), contributions.Slice(row * inputs * Outputs, inputs * Outputs));
    }

    private void ExplainRow(ReadOnlySpan<double> row, Span<double> contributions)
    {
        for (int input = 0; input < row.Length; input++)
        {
            (int column, double value) = _fitted.Encoding.Encode(input, row[input]);
            for (int k = 0; k < Outputs; k++)
                contributions[(k * row.Length) + input] += (column < 0 ? 0 : value * Weight(column, k)) - _expected[(input * Outputs) + k];
        }
    }

    private void Expect(int input, int column, double mean)
    {
        for (int k = 0; k < Outputs; k++)
        {
            _expected[(input * Outputs) + k] += mean * Weight(column, k);
            Base[k] += mean * Weight(column, k);
        }
    }

    private double Weight(int column, int output) => _fitted.Weights[(column * Outputs) + output];

    /// <summary>Of files that do not hold the means: a standardised number, missing ones at its mean, has the mean 0. Of levels and indicators nothing is known.</summary>
    private static double[] Standardised(LinearEncoding encoding) =>
        encoding.LevelColumn.Any(c => c >= 0) || encoding.MissingColumn.Where((c, i) => c >= 0 && !encoding.KeepsNaN(i)).Any()
            ? throw ModelExplainer.Unsupported("this model file was written before linear models kept the shares of categories and missing values in training, which contributions are measured against: train it again to explain it")
            : new double[encoding.Columns];
}
