using MlOps.Learning.Encoders;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;
using MlOps.Learning.Trainers.Boosting;
using MlOps.Learning.Trainers.Linear;

namespace MlOps.Learning.Explaining;

/// <summary>
/// Contributions measured against background rows: how the score of a row differs from the mean score of the background, divided among the
/// inputs as if they were set one by one, whatever goes together in the data. Exact for trees and linear models, whose margin is divided, and
/// sampled for a graph (ONNX), whose score is: of a classification the probability. Time grows with rows x background rows.
/// </summary>
public sealed class BackgroundExplainer
{
    /// <summary>More rows make the mean hardly steadier and every explanation slower.</summary>
    public const int MaxBackground = 10_000;

    private readonly ModelSignature _signature;
    private readonly InputBinder _binder;
    private readonly RowExplainer _explain;
    private readonly double[] _base;

    /// <exception cref="MlOpsException">Invalid <c>explain-unsupported</c> the model takes no rows of numbers; <c>explain-background</c> no rows, or too many; as of <see cref="IModel.Score"/>.</exception>
    public BackgroundExplainer(IModel model, Table background)
    {
        if (background.RowCount is 0 or > MaxBackground)
            throw MlOpsException.Invalid("explain-background", $"the background has {background.RowCount:N0} rows; give 1 to {MaxBackground:N0}, such as a random sample of some hundred training rows");
        (_signature, _binder) = (model.Signature, new InputBinder(model.Signature.Inputs));
        var rows = new double[background.RowCount * _signature.Inputs.Count];
        _binder.Bind(background).ReadRows(0, background.RowCount, rows);
        (_explain, _base, Method) = model switch
        {
            TreeModel trees => Of(new InterventionalTreeShap(trees.Trees, _signature.Inputs.Count, rows)),
            LinearModel linear => Of(LinearShap.Against(linear.Fitted, _signature.Inputs, rows)),
            IBlockScored graph => Of(new SampledShap(graph.ScoreBlock, _signature.Inputs.Count, _signature.Task == LearningTask.Multiclass ? _signature.Classes.Count : 1, rows)),
            _ => throw ModelExplainer.Unsupported($"a model of trainer '{model.Trainer}' cannot be explained against a background: trees, linear models and graphs (ONNX) can"),
        };
    }

    /// <summary><c>interventional-tree-shap</c>, <c>linear-shap</c> or <c>sampled-shap</c>.</summary>
    public string Method { get; }

    /// <summary>Mean margin of the background per output; with <c>sampled-shap</c> the mean score.</summary>
    public ReadOnlySpan<double> Base => _base;

    /// <summary>Explains every row of a table as <see cref="IModel.Score"/> reads it.</summary>
    /// <exception cref="MlOpsException">As of <see cref="IModel.Score"/>; TooLarge <c>explain-too-large</c>.</exception>
    public Contributions Explain(Table rows, CancellationToken cancellationToken) =>
        ExplainedBlocks.Explain(_signature, _base, _binder.Bind(rows), _explain, cancellationToken, 2 * ExplainedBlocks.BlockRows);

    private static (RowExplainer, double[], string) Of(InterventionalTreeShap shap) => (shap.Explain, shap.Base, "interventional-tree-shap");

    private static (RowExplainer, double[], string) Of(LinearShap shap) => (shap.Explain, shap.Base, "linear-shap");

    private static (RowExplainer, double[], string) Of(SampledShap shap) => (shap.Explain, shap.Base, "sampled-shap");
}
