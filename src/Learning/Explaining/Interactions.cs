using MlOps.Learning.Trainers;

namespace MlOps.Learning.Explaining;

/// <summary>
/// SHAP interaction values of n rows (Lundberg et al. 2020): for each row and output a symmetric matrix over the inputs. Row i of it adds up to
/// the contribution of input i; what stands beside the diagonal is half of what two inputs do together, the diagonal what an input does alone.
/// </summary>
public sealed class Interactions
{
    private readonly double[] _values;

    internal Interactions(Contributions contributions, double[] values) => (Contributions, _values) = (contributions, values);

    /// <summary>What the matrices add up to.</summary>
    public Contributions Contributions { get; }

    public ModelSignature Signature => Contributions.Signature;

    /// <summary>Inputs x inputs, row-major.</summary>
    public ReadOnlySpan<double> Of(int row, int output)
    {
        int cells = Signature.Inputs.Count * Signature.Inputs.Count;
        return _values.AsSpan(((row * Contributions.Outputs) + output) * cells, cells);
    }
}
