using MlOps.Learning.Explaining;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Serving.Explanations;

/// <summary>
/// Rows that are explained where they are read, by the model that answers them. Whoever does not ask for it pays nothing: a call
/// knows nothing of explanations. What cannot be explained is refused before anything is predicted, counted or logged.
/// </summary>
public sealed class ExplainedRows(IRequestRows given, ExplainOptions options, CancellationToken cancellationToken) : IRequestRows
{
    private IExplainable? _explainable;
    private Contributions? _contributions;

    /// <summary>The model that answers; null until it is chosen.</summary>
    public IModel? Model { get; private set; }

    /// <exception cref="MlOpsException">Invalid <c>explain-unsupported</c>.</exception>
    public void Meet(IModel model)
    {
        given.Meet(model);
        Model = model;
        _explainable = ModelExplainer.Of(model);
    }

    /// <exception cref="MlOpsException">TooLarge <c>explain-too-large</c>.</exception>
    public bool TryRead(FeatureRows rows)
    {
        if (!given.TryRead(rows))
            return false;
        CheckSize(rows.Count, rows.Signature);
        _contributions = _explainable!.Explain(rows.Values, cancellationToken);
        return true;
    }

    /// <exception cref="MlOpsException">TooLarge <c>explain-too-large</c>; and of the rows.</exception>
    public Table Bind(RequestBinder binder)
    {
        Table table = given.Bind(binder);
        CheckSize(table.RowCount, binder.Signature);
        _contributions = _explainable!.Explain(table, cancellationToken);
        return table;
    }

    /// <summary>The answer with its explanations.</summary>
    public ExplainedResult Explain(PredictionResult answered) => new(answered, _contributions!, options);

    private static void CheckSize(int count, ModelSignature signature)
    {
        int outputs = signature.Task == LearningTask.Multiclass ? signature.Classes.Count : 1;
        long most = Math.Min(ExplainOptions.MaxRows, ExplainOptions.MaxContributions / ((long)outputs * signature.Inputs.Count));
        if (count > Math.Max(1, most))
            throw MlOpsException.TooLarge("explain-too-large", $"the request has {count:N0} rows; of this model at most {Math.Max(1, most):N0} rows are explained at once: send them in several requests, or explain a file with `mlops explain`");
    }
}
