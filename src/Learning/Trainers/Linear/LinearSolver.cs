namespace MlOps.Learning.Trainers.Linear;

/// <summary>Chooses how to minimise: all ways end at the same point, within the tolerance.</summary>
internal static class LinearSolver
{
    /// <summary>More columns than this make a Hessian dearer than many gradients.</summary>
    public const int MostHessianColumns = 1000;

    /// <summary>Newton's few passes cost columns / 2 gradients each; L-BFGS needs about this many where nothing forces it to be exact.</summary>
    private const int CheapColumns = 64;

    public static Minimum Minimise(LinearProblem problem, int maxIterations, double tolerance, Action<int, double>? iterated, CancellationToken cancellationToken)
    {
        if (SuitsNewton(problem) && new Newton(problem, maxIterations, tolerance).Minimise(iterated, cancellationToken) is { } exact)
            return exact;
        var start = new double[problem.Variables];
        Gradient smooth = new LinearLoss(problem).Evaluate;
        if (problem.L1 == 0)
            return new Lbfgs(smooth, maxIterations, tolerance).Minimise(start, iterated, cancellationToken);
        Minimum sparse = new OrthantLbfgs(smooth, Penalties(problem), maxIterations, tolerance).Minimise(start, iterated, cancellationToken);
        if (problem.Outputs > 1)
            Centre(sparse.Variables.AsSpan(^problem.Outputs..));
        return sparse;
    }

    private static bool SuitsNewton(LinearProblem problem) => problem switch
    {
        { Task: LearningTask.Multiclass } => false,
        { L1: > 0 } or { Task: LearningTask.Regression } => problem.Columns <= MostHessianColumns,
        _ => problem.Columns <= CheapColumns,
    };

    /// <summary>The intercepts of a softmax are known up to a constant; gradients that begin at 0 keep their sum there, steps within an orthant do not.</summary>
    private static void Centre(Span<double> intercepts)
    {
        double mean = 0;
        foreach (double intercept in intercepts)
            mean += intercept / intercepts.Length;
        foreach (ref double intercept in intercepts)
            intercept -= mean;
    }

    private static double[] Penalties(LinearProblem problem)
    {
        var penalties = new double[problem.Variables];
        Array.Fill(penalties, problem.L1 / problem.Total, 0, problem.Columns * problem.Outputs);
        return penalties;
    }
}
