namespace MlOps.Learning.Trainers.Linear;

/// <summary>Gradient and Hessian of the smooth part of a problem of one output, by its columns, then its intercept.</summary>
/// <param name="Hessian">Symmetric, all of it, row-major.</param>
internal sealed record Quadratic(double[] Gradient, double[] Hessian)
{
    public ReadOnlySpan<double> Row(int variable) => Hessian.AsSpan(variable * Gradient.Length, Gradient.Length);
}

/// <summary>
/// Sums up quadratics. A row adds the product of its own columns only: of a category that is one, whatever the number of levels.
/// Sums are of no unit here: not divided by the total weight.
/// </summary>
internal sealed class Curvature(LinearProblem problem)
{
    public const int MostChunks = 16;

    /// <summary>Bytes that the parts of a Hessian may take together.</summary>
    public const long Budget = 128L << 20;

    private readonly DesignMatrix _design = problem.Design;
    private readonly int _width = problem.Columns + 1;

    /// <param name="scores">Of all rows.</param>
    /// <param name="variables">Of the problem.</param>
    public Quadratic At(double[] scores, double[] variables)
    {
        int chunk = problem.Chunk((int)Math.Clamp(Budget / (8L * _width * _width), 1, MostChunks));
        var parts = new Quadratic[Workers.Ranges(_design.Rows, chunk)];
        problem.Workers.RunRanges(_design.Rows, chunk, (i, from, to) => parts[i] = Part(scores, from, to));
        Quadratic whole = parts[0];
        foreach (Quadratic part in parts.Skip(1))
        {
            Vectors.AddScaled(whole.Gradient, part.Gradient, 1);
            Vectors.AddScaled(whole.Hessian, part.Hessian, 1);
        }

        for (int j = 0; j < problem.Columns; j++)
        {
            whole.Gradient[j] += problem.L2 * variables[j];
            whole.Hessian[j * (_width + 1)] += problem.L2;
        }

        Mirror(whole.Hessian);
        return whole;
    }

    private Quadratic Part(double[] scores, int from, int to)
    {
        var part = new Quadratic(new double[_width], new double[_width * _width]);
        for (int row = from; row < to; row++)
        {
            double weight = problem.WeightOf(row);
            if (problem.Task == LearningTask.Regression)
            {
                Add(part, row, weight * (scores[row] - problem.Target[row]), weight);
                continue;
            }

            double share = Links.Sigmoid(scores[row]);
            Add(part, row, weight * (share - problem.Target[row]), weight * share * (1 - share));
        }

        return part;
    }

    private void Add(Quadratic part, int row, double gradient, double hessian)
    {
        ReadOnlySpan<double> dense = _design.Dense(row);
        ReadOnlySpan<int> levels = _design.Levels(row);
        Vectors.AddScaled(part.Gradient.AsSpan(0, dense.Length), dense, gradient);
        part.Gradient[^1] += gradient;
        for (int j = 0; j < dense.Length; j++)
            Vectors.AddScaled(part.Hessian.AsSpan((j * _width) + j, dense.Length - j), dense[j..], hessian * dense[j]);
        AddRow(part.Hessian, _width - 1, dense, levels, hessian);
        part.Hessian[^1] += hessian;
        foreach (int level in levels)
        {
            if (level < 0)
                continue;
            part.Gradient[level] += gradient;
            AddRow(part.Hessian, level, dense, levels, hessian);
        }
    }

    /// <summary>A row of the Hessian below its diagonal blocks; what stands in both halves is taken from one of them by <see cref="Mirror"/>.</summary>
    private void AddRow(double[] hessian, int variable, ReadOnlySpan<double> dense, ReadOnlySpan<int> levels, double by)
    {
        Vectors.AddScaled(hessian.AsSpan(variable * _width, dense.Length), dense, by);
        foreach (int level in levels)
        {
            if (level >= 0 && level <= variable)
                hessian[(variable * _width) + level] += by;
        }
    }

    /// <summary>Of two numbers columns the upper half was summed, of all else the lower.</summary>
    private void Mirror(double[] hessian)
    {
        int dense = _design.Width;
        for (int i = 0; i < _width; i++)
        {
            for (int j = 0; j < i; j++)
            {
                if (i < dense)
                    hessian[(i * _width) + j] = hessian[(j * _width) + i];
                else
                    hessian[(j * _width) + i] = hessian[(i * _width) + j];
            }
        }
    }
}
