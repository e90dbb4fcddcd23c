namespace MlOps.Learning.Trainers.Linear;

/// <summary>
/// The smooth part of a <see cref="LinearProblem"/> (all but l1) and its gradient. With this scaling l2 is `alpha` of scikit-learn's Ridge and
/// 1 / `C` of its LogisticRegression.
/// </summary>
internal sealed class LinearLoss(LinearProblem problem)
{
    private const int MostChunks = 32;

    private readonly DesignMatrix _design = problem.Design;
    private readonly int _outputs = problem.Outputs;
    private readonly int _chunk = problem.Chunk(MostChunks);

    private int Weights => _design.Columns * _outputs;

    /// <summary>Chunks are of fixed size and summed in order, so that the value does not depend on the threads.</summary>
    public double Evaluate(ReadOnlySpan<double> variables, Span<double> gradient)
    {
        double[] theta = variables.ToArray();
        int chunks = Workers.Ranges(_design.Rows, _chunk);
        var losses = new double[chunks];
        var parts = new double[chunks][];
        problem.Workers.RunRanges(_design.Rows, _chunk, (i, from, to) => losses[i] = Part(theta, parts[i] = new double[theta.Length], from, to));
        gradient.Clear();
        foreach (double[] part in parts)
            Vectors.AddScaled(gradient, part, 1);
        double penalty = Vectors.Dot(variables[..Weights], variables[..Weights]);
        Vectors.AddScaled(gradient[..Weights], variables[..Weights], problem.L2);
        Vectors.Scale(gradient, 1.0 / problem.Total);
        return (losses.Sum() + (problem.L2 / 2 * penalty)) / problem.Total;
    }

    private double Part(double[] theta, double[] gradient, int from, int to)
    {
        Span<double> scores = stackalloc double[_outputs];
        double loss = 0;
        for (int row = from; row < to; row++)
        {
            ReadOnlySpan<double> dense = _design.Dense(row);
            ReadOnlySpan<int> levels = _design.Levels(row);
            Scores(theta, dense, levels, scores);
            double own = problem.Residuals(scores, problem.Target[row]);
            if (problem.RowWeights is { } weights)
            {
                own *= weights[row];
                Vectors.Scale(scores, weights[row]);
            }

            loss += own;
            AddOuter(gradient, dense, levels, scores);
        }

        return loss;
    }

    private void Scores(ReadOnlySpan<double> theta, ReadOnlySpan<double> dense, ReadOnlySpan<int> levels, Span<double> scores)
    {
        theta[Weights..].CopyTo(scores);
        if (_outputs == 1)
            scores[0] += Vectors.Dot(dense, theta[..dense.Length]);
        else
            for (int j = 0; j < dense.Length; j++)
                Vectors.AddScaled(scores, theta.Slice(j * _outputs, _outputs), dense[j]);
        foreach (int level in levels)
        {
            if (level >= 0)
                Vectors.AddScaled(scores, theta.Slice(level * _outputs, _outputs), 1);
        }
    }

    private void AddOuter(Span<double> gradient, ReadOnlySpan<double> dense, ReadOnlySpan<int> levels, ReadOnlySpan<double> residuals)
    {
        if (_outputs == 1)
            Vectors.AddScaled(gradient[..dense.Length], dense, residuals[0]);
        else
            for (int j = 0; j < dense.Length; j++)
                Vectors.AddScaled(gradient.Slice(j * _outputs, _outputs), residuals, dense[j]);
        foreach (int level in levels)
        {
            if (level >= 0)
                Vectors.AddScaled(gradient.Slice(level * _outputs, _outputs), residuals, 1);
        }

        Vectors.AddScaled(gradient[Weights..], residuals, 1);
    }
}
