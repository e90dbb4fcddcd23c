using MlOps.Learning.Encoders;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;
using MlOps.Learning.Trainers.Linear;

namespace MlOps.Learning.Tests.Trainers;

public sealed class LinearTrainerTests
{
    private const int Rows = 60;

    // The columns of ReferenceTable standardised (population deviation) and one-hot, y, y > mean(y) and digitize(y, [4, 10]) in scikit-learn 1.2.1:
    // Ridge(alpha=1.5, solver='cholesky'); LogisticRegression(C=1/1.5, tol=1e-14, solver='newton-cg', multi_class='multinomial').
    private static readonly double[] SklearnRidge = [4.0726229092778965, -1.0848616453040498, 0.026335415512793135, 0.9281244380398226, -0.9544598535526229, 8.102194304295327];
    private static readonly double[] SklearnLogistic = [2.557764968281216, -0.23069069336812395, -0.20005012680033313, 0.3878753039958761, -0.18782516933845256, 0.1525650553573311];
    private static readonly double[] SklearnSoftmaxFirst = [-1.9852164876063934, 0.6749923183121332, 0.1321213662058547, -0.28400088191089984, 0.15187951551497256, -1.145153916032016];

    [Theory]
    [InlineData(LearningTask.Regression, "y")]
    [InlineData(LearningTask.Binary, "two")]
    [InlineData(LearningTask.Multiclass, "three")]
    public void Fit_ReferenceTable_GivesScikitLearnsCoefficients(LearningTask task, string target)
    {
        TrainingSpec spec = Make.Spec(task, target, ("l2", 1.5), ("tolerance", 1e-11)) with { Features = ["a", "b", "c"] };
        LinearWeights fitted = ((LinearModel)Make.Fit("linear", spec, ReferenceTable())).Fitted;
        int outputs = fitted.Intercepts.Length;
        double[] first = [.. Enumerable.Range(0, 5).Select(j => fitted.Weights[j * outputs]), fitted.Intercepts[0]];
        double[] expected = task switch { LearningTask.Regression => SklearnRidge, LearningTask.Binary => SklearnLogistic, _ => SklearnSoftmaxFirst };
        Assert.All(expected.Zip(first), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
    }

    [Fact]
    public void Fit_Regression_SolvesTheNormalEquations()
    {
        Table table = Make.Mixed(500);
        TrainingSpec spec = Make.MixedSpec(LearningTask.Regression, ("l2", 3), ("tolerance", 1e-12));
        var model = (LinearModel)Make.Fit("linear", spec, table);
        double[] solved = NormalEquations.Solve(Design(spec, table, out double[] y), y, 3);
        Assert.All(solved[..^1].Zip(model.Fitted.Weights), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
        Assert.Equal(solved[^1], model.Fitted.Intercepts[0], 1e-6);
    }

    [Theory]
    [InlineData(LearningTask.Regression, 1)]
    [InlineData(LearningTask.Binary, 1)]
    [InlineData(LearningTask.Multiclass, 4)]
    public void Evaluate_AnyPoint_GradientIsTheSlopeOfTheValue(LearningTask task, int outputs)
    {
        Table table = Make.Mixed(200);
        DesignMatrix design = Design(Make.MixedSpec(task), table, out double[] y);
        var loss = new LinearLoss(design, y, task, outputs, 0.7, new Workers(1, default));
        var random = new SeededRandom(5);
        double[] at = [.. Enumerable.Range(0, loss.Variables).Select(_ => random.NextGaussian())];
        var gradient = new double[at.Length];
        loss.Evaluate(at, gradient);
        for (int i = 0; i < at.Length; i++)
            Assert.Equal(Slope(loss, at, i), gradient[i], 1e-7);
    }

    [Fact]
    public void Fit_MissingValuesAndConstants_ImputesIndicatesAndDrops()
    {
        double[] x = [1, double.NaN, 3, double.NaN, 5, 7];
        Table table = new([new NumberColumn("x", x), new NumberColumn("constant", [4, 4, 4, 4, 4, 4]), new NumberColumn("y", [1, 9, 3, 9, 5, 7])]);
        var model = (LinearModel)Make.Fit("linear", Make.Spec(LearningTask.Regression, "y", ("l2", 1e-9)), table);
        Assert.Equal([-1, -1], model.Fitted.Encoding.ValueColumn[1..].Concat(model.Fitted.Encoding.MissingColumn[1..]));
        Assert.All(model.Score(table).Scores.Zip([1.0, 9, 3, 9, 5, 7]), pair => Assert.Equal(pair.Second, pair.First, 1e-4));
        Assert.True(model.Signature.Inputs[0].Optional);
        Assert.False(model.Signature.Inputs[1].Optional);
    }

    [Fact]
    public void Score_UnknownLevel_SetsNoLevel()
    {
        Table table = new([CategoryColumn.From("c", ["a", "b", "a", "b"]), new NumberColumn("y", [1, 3, 1, 3])]);
        IModel model = Make.Fit("linear", Make.Spec(LearningTask.Regression, "y"), table);
        Predictions scores = model.Score(new Table([CategoryColumn.From("c", ["new", null])]));
        Assert.All(scores.Scores, s => Assert.Equal(2, s, 1e-6));
    }

    [Fact]
    public void Importance_OfPlainSum_FollowsTheWeights()
    {
        var random = new SeededRandom(3);
        double[] a = [.. Enumerable.Range(0, 500).Select(_ => random.NextGaussian())];
        double[] b = [.. Enumerable.Range(0, 500).Select(_ => random.NextGaussian())];
        Table table = new([new NumberColumn("a", a), new NumberColumn("b", b), new NumberColumn("y", [.. a.Zip(b, (u, v) => u + (3 * v))])]);
        IReadOnlyList<FeatureImportance> importance = Make.Fit("linear", Make.Spec(LearningTask.Regression, "y"), table).Importance;
        Assert.Equal(["b", "a"], importance.Select(i => i.Feature));
        Assert.Equal(0.75, importance[0].Share, 0.03);
    }

    private static double Slope(LinearLoss loss, double[] at, int variable)
    {
        const double Step = 1e-5;
        var ignored = new double[at.Length];
        double[] right = [.. at];
        double[] left = [.. at];
        right[variable] += Step;
        left[variable] -= Step;
        return (loss.Evaluate(right, ignored) - loss.Evaluate(left, ignored)) / (2 * Step);
    }

    private static DesignMatrix Design(TrainingSpec spec, Table table, out double[] target)
    {
        var set = TrainingSet.From(spec, table);
        target = set.Target;
        var workers = new Workers(1, default);
        return DesignMatrix.From(set.Inputs, LinearEncoding.Fit(set.Inputs, set.Signature.Inputs, workers), workers);
    }

    private static Table ReferenceTable()
    {
        double[] a = [.. Enumerable.Range(0, Rows).Select(i => (Math.Sin(1.3 * i) * 3) + 1)];
        double[] b = [.. Enumerable.Range(0, Rows).Select(i => (Math.Cos(0.7 * i) * 0.5) - 2)];
        double[] level = [0, 1, -1];
        double[] y = [.. Enumerable.Range(0, Rows).Select(i => (2 * a[i]) - (3 * b[i]) + level[i % 3] + Math.Sin(5.1 * i))];
        double mean = y.Average();
        return new Table(
        [
            new NumberColumn("a", a),
            new NumberColumn("b", b),
            CategoryColumn.From("c", Enumerable.Range(0, Rows).Select(i => $"level {i % 3}")),
            new NumberColumn("y", y),
            new BooleanColumn("two", [.. y.Select(v => (sbyte)(v > mean ? 1 : 0))]),
            new NumberColumn("three", [.. y.Select(v => v < 4 ? 0.0 : v < 10 ? 1 : 2)]),
        ]);
    }
}
