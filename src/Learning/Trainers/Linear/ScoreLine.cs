namespace MlOps.Learning.Trainers.Linear;

/// <summary>The scores of all rows of one output, and their losses along a direction: what a search along it needs, without looking at the columns again.</summary>
internal sealed class ScoreLine(LinearProblem problem)
{
    private const int MostChunks = 32;

    private readonly double[] _direction = new double[problem.Design.Rows];
    private readonly int _chunk = problem.Chunk(MostChunks);

    public double[] Scores { get; } = new double[problem.Design.Rows];

    /// <summary>Sets the direction.</summary>
    /// <param name="step">By the columns, then the intercept.</param>
    public void Aim(double[] step) => problem.Workers.RunRanges(_direction.Length, _chunk, (_, from, to) =>
    {
        for (int row = from; row < to; row++)
        {
            ReadOnlySpan<double> dense = problem.Design.Dense(row);
            double sum = step[^1] + Vectors.Dot(dense, step.AsSpan(0, dense.Length));
            foreach (int level in problem.Design.Levels(row))
                sum += level < 0 ? 0 : step[level];
            _direction[row] = sum;
        }
    });

    /// <summary>The sum of losses so far along the direction.</summary>
    public double Loss(double length)
    {
        var losses = new double[Workers.Ranges(_direction.Length, _chunk)];
        problem.Workers.RunRanges(_direction.Length, _chunk, (i, from, to) => losses[i] = Part(length, from, to));
        return losses.Sum();
    }

    /// <summary>Stays there.</summary>
    public void Go(double length) => Vectors.AddScaled(Scores, _direction, length);

    private double Part(double length, int from, int to)
    {
        double loss = 0;
        Span<double> score = stackalloc double[1];
        for (int row = from; row < to; row++)
        {
            score[0] = Scores[row] + (length * _direction[row]);
            loss += problem.WeightOf(row) * problem.Residuals(score, problem.Target[row]);
        }

        return loss;
    }
}
