using MlOps.Learning.Trainers;

namespace MlOps.Learning.Explaining;

/// <summary>
/// How much each input moved the scores of n rows. For every row and output, <see cref="Base"/> and the contributions add up to the margin:
/// the score before the sigmoid or softmax (of a graph, which has no margin, the score itself). What was one-hot or an indicator of missing values counts with its input.
/// </summary>
public sealed class Contributions
{
    private readonly double[] _base;
    private readonly double[] _contributions;

    /// <param name="base">One number an output.</param>
    /// <param name="contributions">n x outputs x inputs, row-major.</param>
    internal Contributions(ModelSignature signature, ReadOnlySpan<double> @base, double[] contributions)
    {
        (Signature, _base, _contributions) = (signature, @base.ToArray(), contributions);
        Count = contributions.Length / (_base.Length * signature.Inputs.Count);
    }

    public ModelSignature Signature { get; }

    /// <summary>Rows.</summary>
    public int Count { get; }

    /// <summary>1 for regression and binary, one per class for multiclass.</summary>
    public int Outputs => _base.Length;

    /// <inheritdoc cref="IExplainable.Base"/>
    public ReadOnlySpan<double> Base => _base;

    /// <summary>A number per input, in the order of the signature.</summary>
    public ReadOnlySpan<double> Of(int row, int output)
    {
        int inputs = Signature.Inputs.Count;
        return _contributions.AsSpan(((row * Outputs) + output) * inputs, inputs);
    }

    /// <summary>Base and contributions added up.</summary>
    public double Margin(int row, int output)
    {
        double sum = _base[output];
        foreach (double contribution in Of(row, output))
            sum += contribution;
        return sum;
    }
}
