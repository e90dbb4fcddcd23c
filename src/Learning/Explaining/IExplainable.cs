using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Explaining;

/// <summary>
/// What a model can do that says how much each input moved the score of a row. Contributions are exact Shapley values (Shapley 1953;
/// Lundberg and Lee 2017) in the space where the model adds up: the target's unit for regression, the log odds of <c>Classes[1]</c> for
/// binary, and for multiclass a score per class of which the softmax makes probabilities.
/// </summary>
public interface IExplainable
{
    /// <summary>Which Shapley values they are: <c>tree-shap</c> (path-dependent) or <c>linear-shap</c> (interventional, inputs independent).</summary>
    string Method { get; }

    /// <summary>The mean score over the training rows, one per output: 1 for regression and binary, one per class for multiclass.</summary>
    /// <exception cref="MlOpsException">Invalid <c>explain-unsupported</c>: the model file was written before it kept what explanations need.</exception>
    ReadOnlySpan<double> Base { get; }

    /// <summary>Explains every row of a table as <see cref="IModel.Score"/> reads it.</summary>
    /// <exception cref="MlOpsException">As of <see cref="IModel.Score"/> and <see cref="Base"/>; TooLarge <c>explain-too-large</c>.</exception>
    Contributions Explain(Table rows, CancellationToken cancellationToken);

    /// <summary>Explains rows one behind the other, in the numbers of <see cref="IRowScorer"/>.</summary>
    /// <exception cref="MlOpsException">As of <see cref="Base"/>; TooLarge <c>explain-too-large</c>.</exception>
    Contributions Explain(ReadOnlySpan<double> rows, CancellationToken cancellationToken);
}
