namespace MlOps.Learning.Trainers.Linear;

/// <summary>
/// (sum of losses + l2 / 2 * |weights|^2) / rows and its gradient. The variables are the weights, column-major over outputs
/// (column j, output k at j * outputs + k), then the intercepts, which are not penalised. With this scaling l2 is `alpha` of
/// scikit-learn's Ridge and 1 / `C` of its LogisticRegression.
/// </summary>
internal sealed class LinearLoss(DesignMatrix design, double[] target, LearningTask task, int outputs, double l2, Workers workers)
{
    private const int LeastChunk = 2048;
    private const int MostChunks = 32;

    private readonly int _chunk = Math.Max(LeastChunk, Workers.Ranges(design.Rows, MostChunks));

    public int Variables => (design.Columns + 1) * outputs;

    private int Weights => design.Columns * outputs;

    /// <summary>Chunks are of fixed size and summed in order, so that the value does not depend on the threads.</summary>
    public double Evaluate(ReadOnlySpan<double> variables, Span<double> gradient)
    {
        double[] theta = variables.ToArray();
        int chunks = Workers.Ranges(design.Rows, _chunk);
        var losses = new double[chunks];
        var parts = new double[chunks][];
        workers.RunRanges(design.Rows, _chunk, (i, from, to) => losses[i] = Part(theta, parts[i] = new double[theta.Length], from, to));
        gradient.Clear();
        foreach (double[] part in parts)
            Vectors.AddScaled(gradient, part, 1);
        double penalty = Vectors.Dot(variables[..Weights], variables[..Weights]);
        Vectors.AddScaled(gradient[..Weights], variables[..Weights], l2);
        Vectors.Scale(gradient, 1.0 / design.Rows);
        return (losses.Sum() + (l2 / 2 * penalty)) / design.Rows;
    }

    private double Part(double[] theta, double[] gradient, int from, int to)
    {
        Span<double> scores = stackalloc double[outputs];
        double loss = 0;
        for (int row = from; row < to; row++)
        {
            ReadOnlySpan<double> dense = design.Dense(row);
            ReadOnlySpan<int> levels = design.Levels(row);
            Scores(theta, dense, levels, scores);
            loss += Residuals(scores, target[row]);
            AddOuter(gradient, dense, levels, scores);
        }

        return loss;
    }

    private void Scores(ReadOnlySpan<double> theta, ReadOnlySpan<double> dense, ReadOnlySpan<int> levels, Span<double> scores)
    {
        theta[Weights..].CopyTo(scores);
        if (outputs == 1)
            scores[0] += Vectors.Dot(dense, theta[..dense.Length]);
        else
            for (int j = 0; j < dense.Length; j++)
                Vectors.AddScaled(scores, theta.Slice(j * outputs, outputs), dense[j]);
        foreach (int level in levels)
        {
            if (level >= 0)
                Vectors.AddScaled(scores, theta.Slice(level * outputs, outputs), 1);
        }
    }

    private void AddOuter(Span<double> gradient, ReadOnlySpan<double> dense, ReadOnlySpan<int> levels, ReadOnlySpan<double> residuals)
    {
        if (outputs == 1)
            Vectors.AddScaled(gradient[..dense.Length], dense, residuals[0]);
        else
            for (int j = 0; j < dense.Length; j++)
                Vectors.AddScaled(gradient.Slice(j * outputs, outputs), residuals, dense[j]);
        foreach (int level in levels)
        {
            if (level >= 0)
                Vectors.AddScaled(gradient.Slice(level * outputs, outputs), residuals, 1);
        }

        Vectors.AddScaled(gradient[Weights..], residuals, 1);
    }

    /// <summary>Turns a row's scores into the loss's derivatives by them; returns the loss.</summary>
    private double Residuals(Span<double> scores, double y)
    {
        double score = scores[0];
        switch (task)
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
