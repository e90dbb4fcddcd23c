namespace MlOps.Learning.Trainers.Linear;

/// <summary>
/// What a linear fit minimises: (sum of weighted losses + l2 / 2 * |w|^2 + l1 * |w|_1) / sum of weights, intercepts free. The variables are
/// the weights, column-major over outputs (column j, output k at j * outputs + k), then the intercepts.
/// </summary>
/// <param name="RowWeights">Null when all rows count alike.</param>
internal sealed record LinearProblem(DesignMatrix Design, double[] Target, double[]? RowWeights, LearningTask Task, int Outputs, double L1, double L2, Workers Workers)
{
    private const int LeastChunk = 2048;

    /// <summary>What the sums are divided by.</summary>
    public double Total { get; } = RowWeights?.Sum() ?? Design.Rows;

    public int Columns => Design.Columns;

    public int Variables => (Design.Columns + 1) * Outputs;

    public double WeightOf(int row) => RowWeights?[row] ?? 1;

    /// <summary>Rows of one item of work when there may be so many items. Part of the result's definition, since it decides the order of sums.</summary>
    public int Chunk(int most) => Math.Max(LeastChunk, Workers.Ranges(Design.Rows, most));

    /// <summary>Turns a row's scores into the derivatives of its loss by them; returns the loss.</summary>
    public double Residuals(Span<double> scores, double y)
    {
        double score = scores[0];
        switch (Task)
        {
            case LearningTask.Regression:
                scores[0] = score - y;
                return scores[0] * scores[0] / 2;
            case LearningTask.Binary:
                scores[0] = Links.Sigmoid(score) - y;
                return Links.SoftPlus(y > 0.5 ? -score : score);
            default:
                double truth = scores[(int)y];
                double total = Links.Softmax(scores);
                scores[(int)y] -= 1;
                return total - truth;
        }
    }
}
