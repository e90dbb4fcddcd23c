using MlOps.Learning.Trainers;

namespace MlOps.Learning.Tests.Trainers;

public sealed class TrainerParametersTests
{
    private static readonly ITrainer Gbdt = TrainerCatalog.Default.Get("gbdt");

    [Fact]
    public void Parse_Nothing_GivesDefaults() =>
        Assert.Equal(Gbdt.Parameters.Where(p => p.IsNumber).ToDictionary(p => p.Name, p => p.Default), TrainerParameters.Parse(Gbdt, new Dictionary<string, string>()).Values);

    [Theory]
    [InlineData("tress", "5", "unknown parameter 'tress'; did you mean 'trees'? (known: trees, depth, leaves,")]
    [InlineData("trees", "0", "trees = 0 violates trees >= 1")]
    [InlineData("learningRate", "1.5", "learningRate = 1.5 violates learningRate <= 1")]
    [InlineData("depth", "2.5", "depth = 2.5 is not a whole number")]
    [InlineData("l2", "much", "l2 = 'much' is not a number")]
    [InlineData("l2", "NaN", "l2 = 'NaN' is not a number")]
    public void Parse_WrongParameter_SaysWhat(string name, string value, string message) =>
        Assert.Contains(message, Error((name, value)).Message, StringComparison.Ordinal);

    [Fact]
    public void Parse_SeveralWrong_NamesAll()
    {
        string message = Error(("trees", "0"), ("bins", "256")).Message;
        Assert.Contains("trees = 0 violates trees >= 1", message, StringComparison.Ordinal);
        Assert.Contains("bins = 256 violates bins <= 255", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("depth", "needs leaves >= 2")]
    [InlineData("leaves", "leaves = 1 violates leaves = 0 (off) or leaves >= 2")]
    public void Fit_ContradictingGrowth_IsRefused(string name, string message)
    {
        TrainingSpec spec = Make.MixedSpec(LearningTask.Binary, (name, name == "depth" ? 0 : 1));
        Assert.Contains(message, Make.FitError("gbdt", spec, Make.Mixed(50)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gbtd", "trainer 'gbtd' is unknown; did you mean 'gbdt'? (valid: gbdt, linear, forest, baseline)")]
    [InlineData("mlnet.fasttree", "trainers named mlnet.* come with the package MlOps.MlNet")]
    public void Get_UnknownTrainer_ListsTheValid(string name, string message) =>
        Assert.Contains(message, Assert.Throws<MlOpsException>(() => TrainerCatalog.Default.Get(name)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("penalty", "l3", "penalty = 'l3' is unknown; did you mean 'l1'? (allowed: l1, l2, none)")]
    [InlineData("order", "a:up", "order = 'a:up': 'up' is no direction (it is written column:+1)")]
    [InlineData("size", "1", "unknown parameter 'size' (known: penalty, order)")]
    public void Problem_ChoicesAndTexts_SaysWhatIsAllowed(string name, string value, string message) =>
        Assert.Equal(message, TrainerParameters.Problem(new Chooser(), name, value));

    [Fact]
    public void Parse_ChoicesAndTexts_GivesThemByName()
    {
        var parameters = TrainerParameters.Parse(new Chooser(), new Dictionary<string, string> { ["penalty"] = "none" });
        Assert.Equal("none", parameters.Text("penalty"));
        Assert.Equal("", parameters.Text("order"));
        Assert.Empty(parameters.Values);
        Assert.Equal(["l1 or l2 or none", "column:+1"], new Chooser().Parameters.Select(p => p.Range));
    }

    private sealed class Chooser : ITrainer
    {
        public string Name => "chooser";

        public IReadOnlyList<TrainerParameter> Parameters { get; } =
        [
            TrainerParameter.OneOf("penalty", ["l1", "l2", "none"], "what large weights cost"),
            TrainerParameter.OfText("order", "column:+1", "what rises", text => text.EndsWith(":+1", StringComparison.Ordinal) ? null : $"'{text[(text.IndexOf(':') + 1)..]}' is no direction"),
        ];

        public IModel Fit(TrainingSpec spec, MlOps.Learning.Tables.Table training, MlOps.Learning.Tables.Table? validation, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken) =>
            throw new NotSupportedException();
    }

    private static MlOpsException Error(params (string Name, string Value)[] given) =>
        Assert.Throws<MlOpsException>(() => TrainerParameters.Parse(Gbdt, given.ToDictionary(g => g.Name, g => g.Value)));
}
