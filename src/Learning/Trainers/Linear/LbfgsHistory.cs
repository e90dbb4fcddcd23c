namespace MlOps.Learning.Trainers.Linear;

/// <summary>The last steps of a minimisation and how they changed the gradient: what L-BFGS knows of the curvature (Nocedal and Wright, algorithm 7.4).</summary>
internal sealed class LbfgsHistory
{
    private const int Memory = 10;

    private readonly LinkedList<(double[] Step, double[] Change, double Rho)> _pairs = [];

    public bool HasAny => _pairs.Count > 0;

    /// <summary>Minus the inverse Hessian's approximation times the gradient, by the two-loop recursion.</summary>
    public double[] Direction(double[] gradient)
    {
        double[] direction = [.. gradient];
        var alphas = new Stack<double>();
        for (var pair = _pairs.Last; pair is not null; pair = pair.Previous)
        {
            double alpha = pair.Value.Rho * Vectors.Dot(pair.Value.Step, direction);
            Vectors.AddScaled(direction, pair.Value.Change, -alpha);
            alphas.Push(alpha);
        }

        if (_pairs.Last is { Value: var last })
            Vectors.Scale(direction, 1 / (last.Rho * Vectors.Dot(last.Change, last.Change)));
        foreach ((double[] step, double[] change, double rho) in _pairs)
            Vectors.AddScaled(direction, step, alphas.Pop() - (rho * Vectors.Dot(change, direction)));
        Vectors.Scale(direction, -1);
        return direction;
    }

    public void Remember(Point from, Point to)
    {
        double[] step = [.. to.Variables.Zip(from.Variables, (a, b) => a - b)];
        double[] change = [.. to.Gradient.Zip(from.Gradient, (a, b) => a - b)];
        double curvature = Vectors.Dot(step, change);
        if (curvature <= double.Epsilon * 1e16)
            return;
        _pairs.AddLast((step, change, 1 / curvature));
        if (_pairs.Count > Memory)
            _pairs.RemoveFirst();
    }
}
