using MlOps.Learning.Encoders;
using MlOps.Learning.Explaining;
using MlOps.Learning.Tables;
using MlOps.Learning.Tests.Trainers;
using MlOps.Learning.Trainers;
using MlOps.Learning.Trainers.Linear;

namespace MlOps.Learning.Tests.Explaining;

public sealed class ModelExplainerTests
{
    private static readonly Table Rows = Make.Mixed(400);

    [Theory]
    [InlineData("gbdt", LearningTask.Regression)]
    [InlineData("gbdt", LearningTask.Binary)]
    [InlineData("gbdt", LearningTask.Multiclass)]
    [InlineData("linear", LearningTask.Regression)]
    [InlineData("linear", LearningTask.Binary)]
    [InlineData("linear", LearningTask.Multiclass)]
    public void Explain_FittedModel_AddsUpToTheMarginAndAveragesToTheBase(string trainer, LearningTask task)
    {
        IModel model = Fit(trainer, task);
        Predictions predictions = model.Score(Rows);

        Contributions explanations = ModelExplainer.Of(model).Explain(Rows, CancellationToken.None);

        Assert.Equal((400, task == LearningTask.Multiclass ? 4 : 1), (explanations.Count, explanations.Outputs));
        for (int row = 0; row < 400; row++)
        {
            double[] margins = [.. Enumerable.Range(0, explanations.Outputs).Select(k => explanations.Margin(row, k))];
            Links.Apply(task, margins);
            for (int k = 0; k < margins.Length; k++)
                Assert.Equal(predictions.Scores[(row * margins.Length) + k], margins[k], 1e-9);
        }

        // Where every row weighs alike, the base is the mean over the training rows.
        if (trainer == "linear" || task == LearningTask.Regression)
        {
            for (int k = 0; k < explanations.Outputs; k++)
                Assert.Equal(Enumerable.Range(0, 400).Average(row => explanations.Margin(row, k)), explanations.Base[k], 1e-5);
        }
    }

    [Theory]
    [InlineData("gbdt")]
    [InlineData("linear")]
    public void Explain_LoadedModelAndEncodedRow_GiveTheSame(string trainer)
    {
        IModel model = Fit(trainer, LearningTask.Multiclass);
        Table row = Rows.Take([3]);
        double[] encoded = new double[5];
        new InputBinder(model.Signature.Inputs).Bind(row).ReadRows(0, 1, encoded);
        Contributions expected = ModelExplainer.Of(model).Explain(row, CancellationToken.None);

        Contributions loaded = ModelExplainer.Of(ModelFile.Load(Make.Bytes(model))).Explain(encoded, CancellationToken.None);

        Assert.Equal(1, loaded.Count);
        for (int k = 0; k < 4; k++)
            Assert.Equal(expected.Of(0, k).ToArray(), loaded.Of(0, k).ToArray());
    }

    [Theory]
    [InlineData(LearningTask.Regression)]
    [InlineData(LearningTask.Multiclass)]
    public void Explain_Linear_EqualsShapleyOverRowsWhoseInputsAreSwapped(LearningTask task)
    {
        IModel model = Fit("linear", task);
        double[] data = new double[400 * 5];
        new InputBinder(model.Signature.Inputs).Bind(Rows).ReadRows(0, 400, data);
        double[] row = data[..5];
        Contributions explanations = ModelExplainer.Of(model).Explain(row, CancellationToken.None);
        LinearWeights fitted = ((LinearModel)model).Fitted;

        for (int k = 0; k < explanations.Outputs; k++)
        {
            // With independent inputs each unknown one takes its values in training, whatever the others are.
            double[] expected = BruteForce.Shapley(5, known => fitted.Intercepts[k] + Enumerable.Range(0, 5).Sum(i =>
                (known >> i & 1) != 0 ? Added(fitted, i, row[i], k) : Enumerable.Range(0, 400).Average(r => Added(fitted, i, data[(r * 5) + i], k))));
            for (int i = 0; i < 5; i++)
                Assert.Equal(expected[i], explanations.Of(0, k)[i], 1e-9);
        }
    }

    [Fact]
    public void Explain_LargeTable_EqualsItsParts()
    {
        Table table = Make.Mixed(17_000);
        IExplainable model = ModelExplainer.Of(Make.Fit("gbdt", Make.MixedSpec(LearningTask.Regression, ("trees", 2), ("depth", 3)), Rows));

        Contributions part = model.Explain(table.Take([16_999]), CancellationToken.None);

        Assert.Equal(part.Of(0, 0).ToArray(), model.Explain(table, CancellationToken.None).Of(16_999, 0).ToArray());
    }

    [Fact]
    public void Explain_NoRows_GivesNone() =>
        Assert.Equal(0, ModelExplainer.Of(Fit("gbdt", LearningTask.Binary)).Explain(Rows.Take([]), CancellationToken.None).Count);

    [Fact]
    public void Explain_Cancelled_Stops() =>
        Assert.ThrowsAny<OperationCanceledException>(() => ModelExplainer.Of(Fit("gbdt", LearningTask.Binary)).Explain(Rows, new CancellationToken(true)));

    [Fact]
    public void Of_LinearFileWithoutMeans_LoadsAndSaysToTrainAgain()
    {
        IModel old = WithoutMeans(Rows);

        Assert.Equal(400, old.Score(Rows).Count);
        MlOpsException error = Assert.Throws<MlOpsException>(() => ModelExplainer.Of(old));

        Assert.Equal((ErrorKind.Invalid, "explain-unsupported"), (error.Kind, error.Code));
        Assert.Contains("train it again", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_LinearFileWithoutMeansOfNumbersOnly_NeedsNone()
    {
        var numbers = new Table([Rows["a"], Rows["y"]]);
        TrainingSpec spec = Make.Spec(LearningTask.Regression, "y");

        Contributions old = ModelExplainer.Of(WithoutMeans(numbers, spec)).Explain(numbers, CancellationToken.None);

        Assert.Equal(((NumberColumn)Rows["y"]).Values.ToArray().Average(), old.Base[0], 1e-9);
    }

    [Fact]
    public void Of_ModelOfAnotherKind_NamesItAndWhatCanBeExplained()
    {
        MlOpsException error = Assert.Throws<MlOpsException>(() => ModelExplainer.Of(new Foreign()));

        Assert.Equal((ErrorKind.Invalid, "explain-unsupported"), (error.Kind, error.Code));
        Assert.Contains("'mlnet.gam' cannot be explained: exact contributions exist for gbdt, forest and baseline (TreeSHAP) and linear", error.Message, StringComparison.Ordinal);
    }

    private static IModel Fit(string trainer, LearningTask task) =>
        Make.Fit(trainer, Make.MixedSpec(task, trainer == "gbdt" ? ("trees", 3) : ("maxIterations", 20)), Rows);

    private static IModel WithoutMeans(Table rows, TrainingSpec? spec = null)
    {
        var model = (LinearModel)Make.Fit("linear", spec ?? Make.MixedSpec(LearningTask.Binary, ("maxIterations", 20)), rows);
        return ModelFile.Load(Make.Bytes(new LinearModel(model.Header, model.Fitted with { Means = null })));
    }

    private static double Added(LinearWeights fitted, int input, double value, int output)
    {
        (int column, double by) = fitted.Encoding.Encode(input, value);
        return column < 0 ? 0 : by * fitted.Weights[(column * fitted.Intercepts.Length) + output];
    }

    private sealed class Foreign : IModel
    {
        public ModelSignature Signature => new(LearningTask.Regression, "y", [], []);

        public string Trainer => "mlnet.gam";

        public IReadOnlyList<FeatureImportance> Importance => [];

        public Predictions Score(Table rows) => throw new NotSupportedException();

        public void Save(Stream destination) => throw new NotSupportedException();
    }
}
