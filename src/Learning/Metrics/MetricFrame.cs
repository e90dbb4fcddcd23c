using MlOps.Learning.Trainers;

namespace MlOps.Learning.Metrics;

/// <summary>
/// Scored rows prepared once, so that the metrics of any weights cost passes and no sorting. Rows stand in the frame's own order; a resample
/// of them is a choice of weights.
/// </summary>
internal abstract class MetricFrame
{
    /// <summary>Of the rows as they are, in the frame's order.</summary>
    public abstract RowWeights Weights { get; }

    /// <summary>The class of the row at a place; 0 for regression.</summary>
    public abstract int ClassAt(int place);

    /// <summary>Every metric of the task.</summary>
    /// <param name="weights">In the frame's order.</param>
    public abstract MetricSet Compute(RowWeights weights);

    /// <param name="rows">At least one, no score NaN.</param>
    /// <param name="again">Whether it will be asked more than once, so that what is costly is worth keeping.</param>
    public static MetricFrame Of(ScoredRows rows, bool again) => rows.Task switch
    {
        LearningTask.Binary => new BinaryFrame(rows, again),
        LearningTask.Multiclass => new MulticlassFrame(rows, again),
        _ => new RegressionFrame(rows, again),
    };
}
