using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Explaining;

/// <summary>Which models can be explained.</summary>
public static class ModelExplainer
{
    /// <exception cref="MlOpsException">Invalid <c>explain-unsupported</c>, naming the model's trainer and those that can be explained.</exception>
    public static IExplainable Of(IModel model)
    {
        if (model is not IExplainable explainable)
            throw Unsupported($"a model of trainer '{model.Trainer}' cannot be explained: exact contributions exist for gbdt, forest and baseline (TreeSHAP) and linear (linear SHAP), sampled ones for graphs against background rows (mlops explain --method interventional); predict without 'explain', or serve a model of these");
        // Asked here, since it says what an old model file lacks.
        _ = explainable.Base;
        return explainable;
    }

    /// <summary>SHAP interaction values of every row.</summary>
    /// <exception cref="MlOpsException">As of <see cref="Of"/> and <see cref="IExplainable.Explain(Table, CancellationToken)"/>; TooLarge <c>explain-too-large</c>.</exception>
    public static Interactions Interactions(IModel model, Table rows, CancellationToken cancellationToken) =>
        InteractionRows.Explain(model, rows, cancellationToken);

    internal static MlOpsException Unsupported(string message) => MlOpsException.Invalid("explain-unsupported", message);
}
