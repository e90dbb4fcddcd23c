using MlOps.Learning.Encoders;
using MlOps.Learning.Explaining;
using MlOps.Learning.Tables;

namespace MlOps.Learning.Trainers.Boosting;

/// <summary>A sum of trees behind a link: what `gbdt` fits.</summary>
internal sealed class TreeModel(ModelHeader header, TreeEnsemble trees) : IModel, IRowScorer, IExplainable
{
    private readonly Lazy<TreeShap> _shap = new(() => new TreeShap(trees, header.Signature.Inputs.Count));
    private readonly TreeScorer _scorer = new(trees, header.Signature.Inputs.Count);
    private readonly InputBinder _binder = new(header.Signature.Inputs);
    private readonly RowBlocks _blocks = new(header.Signature);
    private readonly OutputLink _link = header.Link ?? Links.Of(header.Signature.Task);

    public ModelSignature Signature => header.Signature;

    public string Trainer => header.Trainer;

    public IReadOnlyList<FeatureImportance> Importance => header.Importance;

    public int InputCount => header.Signature.Inputs.Count;

    public int ScoreCount => trees.Start.Length;

    public string Method => "tree-shap";

    public ReadOnlySpan<double> Base => _shap.Value.Base;

    public long? HeldBytes =>
        MemorySize.Object(56) + MemorySize.Of(header) + _binder.HeldBytes + trees.HeldBytes + _scorer.Bytes + (_shap.IsValueCreated ? _shap.Value.HeldBytes : 0);

    internal TreeEnsemble Trees => trees;

    internal ModelHeader Header => header;

    public Predictions Score(Table rows) => _blocks.Score(_binder.Bind(rows), ScoreBlock) with { Quantile = ObjectiveChoice.QuantileOf(header) };

    public void Score(ReadOnlySpan<double> row, Span<double> scores) => ScoreBlock(row, scores);

    public void ScoreRows(ReadOnlySpan<double> rows, Span<double> scores)
    {
        for (int row = 0; row * ScoreCount < scores.Length; row += RowBlocks.BlockRows)
        {
            int count = Math.Min(RowBlocks.BlockRows, (scores.Length / ScoreCount) - row);
            ScoreBlock(rows.Slice(row * InputCount, count * InputCount), scores.Slice(row * ScoreCount, count * ScoreCount));
        }
    }

    public Contributions Explain(Table rows, CancellationToken cancellationToken) =>
        ExplainedBlocks.Explain(Signature, Base, _binder.Bind(rows), _shap.Value.Explain, cancellationToken);

    public Contributions Explain(ReadOnlySpan<double> rows, CancellationToken cancellationToken) =>
        ExplainedBlocks.Explain(Signature, Base, rows, _shap.Value.Explain, cancellationToken);

    public void Save(Stream destination) => ModelFile.Write(TreeModelFormat.Content(header, trees), destination);

    private void ScoreBlock(ReadOnlySpan<double> rows, Span<double> scores)
    {
        _scorer.Score(rows, scores);
        if (header.Calibration is { } calibration)
        {
            foreach (ref double score in scores)
                score = calibration.Apply(score);
            return;
        }

        for (int at = 0; at < scores.Length; at += ScoreCount)
            Links.Apply(_link, scores.Slice(at, ScoreCount));
    }
}
