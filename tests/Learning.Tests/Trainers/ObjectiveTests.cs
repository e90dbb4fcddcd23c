using MlOps.Learning.Trainers;
using MlOps.Learning.Trainers.Boosting;

namespace MlOps.Learning.Tests.Trainers;

/// <summary>What trees are grown on, held to the loss that is shown: by finite differences.</summary>
public sealed class ObjectiveTests
{
    private const int Rows = 21;

    /// <summary>
    /// Factors: of the loss that is the gradient's (the squared error is shown whole and halved in the gradient), and of the hessian against
    /// the slope of the gradient (0: constant 1 by definition).
    /// </summary>
    [Theory]
    [InlineData("binary", LearningTask.Binary, 1, 1)]
    [InlineData("multiclass", LearningTask.Multiclass, 1, 1)]
    [InlineData("squared", LearningTask.Regression, 0.5, 1)]
    [InlineData("absolute", LearningTask.Regression, 1, 0)]
    [InlineData("quantile", LearningTask.Regression, 1, 0)]
    [InlineData("poisson", LearningTask.Regression, 1, 1)]
    public void Derive_AnyScores_IsTheSlopeOfTheLossAndOfItself(string name, LearningTask task, double ofLoss, double ofSlope)
    {
        foreach (double[]? weights in (double[]?[])[null, [.. Enumerable.Range(0, Rows).Select(i => 0.5 + (i % 3))]])
        {
            var rows = new TargetRows([.. Enumerable.Range(0, Rows).Select(i => task == LearningTask.Regression ? i * 7 % 5 : i % (task == LearningTask.Binary ? 2.0 : 3))], weights);
            Objective objective = ObjectiveChoice.Of(name, new TrainingSpec { Task = task, Target = "y" }, 3, rows, 0.8, bounded: false);
            var random = new SeededRandom(4);
            double[] scores = [.. Enumerable.Range(0, Rows * objective.Outputs).Select(_ => random.NextGaussian())];
            GradientPair[] at = Derived(objective, scores, rows);
            for (int i = 0; i < scores.Length; i++)
            {
                Assert.Equal(ofLoss * Slope(scores, i, 1e-4, s => objective.Loss(s, rows, 0, Rows)), at[i].Gradient, 1e-5 * Math.Max(1, Math.Abs(at[i].Gradient)));
                double hessian = ofSlope == 0 ? rows.Weight(i) : ofSlope * Slope(scores, i, 1e-2, s => Derived(objective, s, rows)[i].Gradient);
                Assert.Equal(hessian, at[i].Hessian, 1e-3 * Math.Max(1, Math.Abs(hessian)));
            }
        }
    }

    /// <summary>The constant that the first tree improves on is the best one: there the gradients add up to nothing.</summary>
    [Theory]
    [InlineData("binary", LearningTask.Binary)]
    [InlineData("multiclass", LearningTask.Multiclass)]
    [InlineData("squared", LearningTask.Regression)]
    [InlineData("poisson", LearningTask.Regression)]
    public void Start_IsTheBestConstant(string name, LearningTask task)
    {
        var rows = new TargetRows([.. Enumerable.Range(0, Rows).Select(i => task == LearningTask.Binary ? i % 2.0 : i % 3.0)], [.. Enumerable.Range(0, Rows).Select(i => 1.0 + (i % 4))]);
        Objective objective = ObjectiveChoice.Of(name, new TrainingSpec { Task = task, Target = "y" }, 3, rows, 0.5, bounded: false);
        double[] scores = [.. objective.Start.SelectMany(s => Enumerable.Repeat(s, Rows))];
        GradientPair[] at = Derived(objective, scores, rows);
        for (int k = 0; k < objective.Outputs; k++)
            Assert.Equal(0, at.Skip(k * Rows).Take(Rows).Sum(p => p.Gradient), 1e-4);
    }

    private static GradientPair[] Derived(Objective objective, double[] scores, TargetRows rows)
    {
        var pairs = new GradientPair[scores.Length];
        objective.Derive(scores, rows, pairs, 0, Rows);
        return pairs;
    }

    private static double Slope(double[] scores, int variable, double step, Func<double[], double> of)
    {
        double[] right = [.. scores], left = [.. scores];
        right[variable] += step;
        left[variable] -= step;
        return (of(right) - of(left)) / (2 * step);
    }
}
