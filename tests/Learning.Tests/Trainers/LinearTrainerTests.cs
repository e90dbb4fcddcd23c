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
    private static readonly double[] SklearnSoftmax =
    [
        -1.9852164876063934, 0.6749923183121328, 0.13212136620585466, -0.2840008819108999, 0.1518795155149727, -1.1451539160320146,
        -0.16705260941037095, -0.11566832947643547, -0.06778051904391935, 0.008792377173695382, 0.05898814090356555, 1.044757347633083,
        2.152269097016765, -0.5593239888356974, -0.06434084716193555, 0.2752085047372042, -0.21086765641853825, 0.10039656839893223,
    ];

    [Theory]
    [InlineData(LearningTask.Regression, "y")]
    [InlineData(LearningTask.Binary, "two")]
    [InlineData(LearningTask.Multiclass, "three")]
    public void Fit_ReferenceTable_GivesScikitLearnsCoefficients(LearningTask task, string target)
    {
        TrainingSpec spec = Make.Spec(task, target, ("l2", 1.5), ("tolerance", 1e-11)) with { Features = ["a", "b", "c"] };
        LinearWeights fitted = ((LinearModel)Make.Fit("linear", spec, ReferenceTable())).Fitted;
        double[] expected = task switch { LearningTask.Regression => SklearnRidge, LearningTask.Binary => SklearnLogistic, _ => SklearnSoftmax };
        Assert.Equal(expected.Length, ByOutput(fitted).Length);
        Assert.All(expected.Zip(ByOutput(fitted)), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
    }

    // The same columns, y, y > mean(y) and digitize(y, [4, 10]); where weighted by 1 + i % 4 also standardised by these weights: Lasso(alpha=6/60, tol=1e-15),
    // ElasticNet(alpha=7.5/sum of weights, l1_ratio=6/7.5), LogisticRegression(C=1/2, penalty='l1', solver='saga', tol=1e-15), (C=1/3.5, penalty='elasticnet', l1_ratio=2/3.5).
    public static TheoryData<LearningTask, double, double, bool, double[]> Penalised => new()
    {
        { LearningTask.Regression, 6, 0, false, [4.069918944988866, -1.0088753654887141, 0.0, 0.6731554286457283, -0.7476158654580851, 8.127014449899443] },
        { LearningTask.Regression, 6, 1.5, false, [3.9689117162021272, -0.9799591137014204, 0.0, 0.6386485901858656, -0.6797295354519438, 8.115887952717351] },
        { LearningTask.Regression, 6, 1.5, true, [4.0925746332661035, -1.040885414542521, 0.0, 0.7876734241317789, -0.926298320592823, 8.349306877013976] },
        { LearningTask.Regression, 0, 1.5, true, [4.135991085328393, -1.0893271417893196, 0.05361871660271176, 0.9521654768172655, -1.005784193419992, 8.303098578193634] },
        { LearningTask.Binary, 2, 0, false, [3.4135511327862105, 0.0, 0.0, 0.0, 0.0, 0.19242986199412754] },
        { LearningTask.Binary, 2, 1.5, false, [2.1367341211338218, 0.0, 0.0, 0.0, 0.0, 0.12494104140285375] },
        { LearningTask.Binary, 2, 1.5, true, [3.053945517367364, -0.10354623808608807, 0.0, 0.3151907917912186, 0.0, 0.32539636658411375] },
        { LearningTask.Binary, 0, 1.5, true, [3.4461386893171544, -0.2796645862104054, -0.3189204104956559, 0.631659615503637, -0.31273920202666994, 0.4247443688234009] },
        { LearningTask.Multiclass, 2, 1.5, false, [-1.2486284935023109, 0.44828073543245, 0, 0, 0, -0.8486125870081157, 0, 0, 0, 0, 0, 0.7561312799848984, 1.7908331976725251, -0.16976549641759867, 0, 0, 0, 0.0924813070232169] },
        { LearningTask.Multiclass, 2, 1.5, true, [-2.17484988468377, 0.6586727741855222, 0, -0.5841094557349137, 0, -1.3063359175775233, 0, 0, -0.006229947339023261, 0, 0, 1.025994966855256, 2.6329000805059, -0.43463500588246456, 0, 0, -0.03638193607007361, 0.28034095072254606] },
        { LearningTask.Multiclass, 0, 1.5, true, [-2.8874983575980213, 0.8699256258986491, 0.16470609044081552, -0.6726409095834609, 0.5079348175078094, -1.8108589047133656, -0.12497056443280502, -0.11294983609315155, -0.2270566113440312, 0.27773992521188884, -0.050683312943186676, 1.3949902186274459, 3.0124689220308327, -0.7569757898054954, 0.062350520903215495, 0.39490098437157195, -0.4572515045646237, 0.41586868608592126] },
    };

    [Theory]
    [MemberData(nameof(Penalised))]
    public void Fit_AnyPenaltyAndWeights_GivesScikitLearnsCoefficients(LearningTask task, double l1, double l2, bool weighted, double[] expected)
    {
        string target = task switch { LearningTask.Regression => "y", LearningTask.Binary => "two", _ => "three" };
        TrainingSpec spec = Make.Spec(task, target, ("l1", l1), ("l2", l2), ("tolerance", 1e-11)) with { Features = ["a", "b", "c"], Weight = weighted ? "w" : null };
        LinearWeights fitted = ((LinearModel)Make.Fit("linear", spec, ReferenceTable())).Fitted;
        Assert.Equal(expected.Length, ByOutput(fitted).Length);
        Assert.All(expected.Zip(ByOutput(fitted)), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
    }

    /// <summary>As users get it.</summary>
    [Theory]
    [MemberData(nameof(Penalised))]
    public void Fit_DefaultTolerance_GivesScikitLearnsCoefficientsToo(LearningTask task, double l1, double l2, bool weighted, double[] expected)
    {
        string target = task switch { LearningTask.Regression => "y", LearningTask.Binary => "two", _ => "three" };
        TrainingSpec spec = Make.Spec(task, target, ("l1", l1), ("l2", l2)) with { Features = ["a", "b", "c"], Weight = weighted ? "w" : null };
        LinearWeights fitted = ((LinearModel)Make.Fit("linear", spec, ReferenceTable())).Fitted;
        Assert.Equal(expected.Length, ByOutput(fitted).Length);
        Assert.All(expected.Zip(ByOutput(fitted)), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
    }

    /// <summary>
    /// Two columns that differ by a thousandth: the loss hardly tells their weights apart, so a gradient within the tolerance leaves them open.
    /// </summary>
    [Theory]
    [InlineData(0.01, 0)]
    [InlineData(0.0001, 0)]
    [InlineData(0.005, 0.005)]
    public void Fit_ColumnsThatAreNearlyTheSame_EndsAtTheOptimumAllTheSame(double l1, double l2)
    {
        var random = new SeededRandom(4);
        double[] a = [.. Enumerable.Range(0, 400).Select(_ => random.NextGaussian())];
        double[] b = [.. a.Select(v => v + (1e-3 * random.NextGaussian()))];
        Table table = new(
        [
            new NumberColumn("a", a), new NumberColumn("b", b),
            CategoryColumn.From("y", a.Zip(b, (v, u) => v + (300 * (u - v)) + random.NextGaussian() > 0 ? "yes" : "no")),
        ]);
        double[] Fitted(double tolerance) => ((LinearModel)Make.Fit("linear", Make.Spec(LearningTask.Binary, "y", ("l1", l1), ("l2", l2), ("tolerance", tolerance)), table)).Fitted.Weights;

        double[] exact = Fitted(1e-14), found = Fitted(1e-9);

        Assert.True(exact.Max(Math.Abs) > 1);
        Assert.All(exact.Zip(found), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
    }

    /// <summary>More levels than Newton's way takes.</summary>
    [Fact]
    public void Fit_ManyLevels_EndsWhereNewtonDoes()
    {
        var random = new SeededRandom(8);
        double[] x = [.. Enumerable.Range(0, 900).Select(_ => random.NextGaussian())];
        Table table = new(
        [
            new NumberColumn("x", x),
            CategoryColumn.From("c", Enumerable.Range(0, 900).Select(i => $"level {i % 70:D2}")),
            CategoryColumn.From("y", x.Select((v, i) => v + Math.Sin(i % 70) + random.NextGaussian() > 0 ? "yes" : "no")),
        ]);
        TrainingSpec spec = Make.Spec(LearningTask.Binary, "y");
        var model = (LinearModel)Make.Fit("linear", spec, table);
        DesignMatrix design = Design(spec, table, out double[] y);
        Minimum newton = new Newton(new LinearProblem(design, y, null, LearningTask.Binary, 1, 0, 1, new Workers(1, default)), 100, 1e-13).Minimise(null, default)!;
        Assert.True(newton.Converged);
        Assert.InRange(design.Columns, 65, 80);
        Assert.All(newton.Variables.Zip([.. model.Fitted.Weights, .. model.Fitted.Intercepts]), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
    }

    /// <summary>The way for many columns must end where the one for few does.</summary>
    [Theory]
    [InlineData(LearningTask.Regression)]
    [InlineData(LearningTask.Binary)]
    public void Minimise_ByOrthants_EndsWhereNewtonDoes(LearningTask task)
    {
        DesignMatrix design = Design(Make.MixedSpec(task), Make.Mixed(400), out double[] y);
        var problem = new LinearProblem(design, y, null, task, 1, 3, 0.5, new Workers(1, default));
        Minimum newton = new Newton(problem, 500, 1e-10).Minimise(null, default)!;
        double[] penalties = [.. Enumerable.Range(0, problem.Variables).Select(i => i < problem.Columns ? problem.L1 / problem.Total : 0)];
        Minimum orthants = new OrthantLbfgs(new LinearLoss(problem).Evaluate, penalties, 5000, 1e-10).Minimise(new double[problem.Variables], null, default);
        Assert.True(newton.Converged);
        Assert.Contains(0, newton.Variables);
        Assert.Equal(newton.Value, orthants.Value, 1e-10);
        Assert.All(newton.Variables.Zip(orthants.Variables), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
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
        double[] weights = [.. y.Select((_, row) => row % 3 * 0.5)];
        var loss = new LinearLoss(new LinearProblem(design, y, weights, task, outputs, 0, 0.7, new Workers(1, default)));
        var random = new SeededRandom(5);
        double[] at = [.. Enumerable.Range(0, (design.Columns + 1) * outputs).Select(_ => random.NextGaussian())];
        var gradient = new double[at.Length];
        loss.Evaluate(at, gradient);
        for (int i = 0; i < at.Length; i++)
            Assert.Equal(Slope(loss, at, i), gradient[i], 1e-7);
    }

    /// <summary>As a matrix of numbers the design would take 24 GB.</summary>
    [Theory]
    [InlineData(LearningTask.Binary, 0)]
    [InlineData(LearningTask.Regression, 0)]
    [InlineData(LearningTask.Regression, 5)]
    public void Fit_FiftyThousandLevels_TakesAnIndexARow(LearningTask task, double l1)
    {
        const int Count = 60_000, Levels = 50_000;
        Table table = new(
        [
            new CategoryColumn("c", [.. Enumerable.Range(0, Count).Select(i => i % Levels)], [.. Enumerable.Range(0, Levels).Select(i => $"level {i}")]),
            new NumberColumn("x", [.. Enumerable.Range(0, Count).Select(i => Math.Sin(i))]),
            task == LearningTask.Binary ? new BooleanColumn("y", [.. Enumerable.Range(0, Count).Select(i => (sbyte)(i % 3 == 0 ? 1 : 0))]) : new NumberColumn("y", [.. Enumerable.Range(0, Count).Select(i => i % 3.0)]),
        ]);
        long before = GC.GetAllocatedBytesForCurrentThread();

        var model = (LinearModel)Make.Fit("linear", Make.Spec(task, "y", ("maxIterations", 3), ("l1", l1)), table);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 8L * Levels, 200_000_000);
        Assert.InRange(model.Fitted.Encoding.Columns, Levels, Levels + 5);
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

    /// <summary>The coefficients and the intercept of each output.</summary>
    private static double[] ByOutput(LinearWeights fitted) => [.. Enumerable.Range(0, fitted.Intercepts.Length).SelectMany(k =>
        Enumerable.Range(0, 5).Select(j => fitted.Weights[(j * fitted.Intercepts.Length) + k]).Append(fitted.Intercepts[k]))];

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
            new NumberColumn("w", [.. Enumerable.Range(0, Rows).Select(i => 1.0 + (i % 4))]),
            new BooleanColumn("two", [.. y.Select(v => (sbyte)(v > mean ? 1 : 0))]),
            new NumberColumn("three", [.. y.Select(v => v < 4 ? 0.0 : v < 10 ? 1 : 2)]),
        ]);
    }
}
