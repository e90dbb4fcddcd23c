using MlOps.Learning.Encoders;
using MlOps.Learning.Explaining;
using MlOps.Learning.Tables;

namespace MlOps.Learning.Trainers.Linear;

/// <summary>The fitted numbers: weights (column j, output k at j * outputs + k) on encoded inputs, and an intercept per output.</summary>
/// <param name="Means">Mean of every encoded column over the training rows; null of files that were written before they were kept.</param>
internal sealed record LinearWeights(LinearEncoding Encoding, double[] Weights, double[] Intercepts, double[]? Means = null)
{
    public long HeldBytes =>
        MemorySize.Object(32) + Encoding.HeldBytes + MemorySize.Array(Weights) + MemorySize.Array(Intercepts) + (Means is null ? 0 : MemorySize.Array(Means));
}

/// <summary>A weighted sum of encoded inputs behind a link: what `linear` fits.</summary>
internal sealed class LinearModel(ModelHeader header, LinearWeights fitted) : IModel, IRowScorer, IExplainable
{
    private readonly Lazy<LinearShap> _shap = new(() => new LinearShap(fitted, header.Signature.Inputs));
    private readonly InputBinder _binder = new(header.Signature.Inputs);
    private readonly RowBlocks _blocks = new(header.Signature);
    private readonly OutputLink _link = header.Link ?? Links.Of(header.Signature.Task);

    public ModelSignature Signature => header.Signature;

    public string Trainer => header.Trainer;

    public IReadOnlyList<FeatureImportance> Importance => header.Importance;

    public int InputCount => header.Signature.Inputs.Count;

    public int ScoreCount => fitted.Intercepts.Length;

    public string Method => "linear-shap";

    public ReadOnlySpan<double> Base => _shap.Value.Base;

    public long? HeldBytes =>
        MemorySize.Object(48) + MemorySize.Of(header) + _binder.HeldBytes + fitted.HeldBytes + (_shap.IsValueCreated ? _shap.Value.HeldBytes : 0);

    internal LinearWeights Fitted => fitted;

    internal ModelHeader Header => header;

    public Predictions Score(Table rows) => _blocks.Score(_binder.Bind(rows), ScoreBlock);

    public void Score(ReadOnlySpan<double> row, Span<double> scores)
    {
        fitted.Intercepts.CopyTo(scores);
        for (int i = 0; i < row.Length; i++)
            Add(i, row[i], scores);
        Links.Apply(_link, scores);
    }

    public Contributions Explain(Table rows, CancellationToken cancellationToken) =>
        ExplainedBlocks.Explain(Signature, Base, _binder.Bind(rows), _shap.Value.Explain, cancellationToken);

    public Contributions Explain(ReadOnlySpan<double> rows, CancellationToken cancellationToken) =>
        ExplainedBlocks.Explain(Signature, Base, rows, _shap.Value.Explain, cancellationToken);

    public void Save(Stream destination) => ModelFile.Write(LinearModelFormat.Content(header, fitted), destination);

    private void ScoreBlock(ReadOnlySpan<double> rows, Span<double> scores)
    {
        for (int i = 0; i < scores.Length / ScoreCount; i++)
            Score(rows.Slice(i * InputCount, InputCount), scores.Slice(i * ScoreCount, ScoreCount));
    }

    private void Add(int input, double value, Span<double> scores)
    {
        (int column, double by) = fitted.Encoding.Encode(input, value);
        if (column >= 0)
            Vectors.AddScaled(scores, fitted.Weights.AsSpan(column * scores.Length, scores.Length), by);
    }
}
