using MlOps.Learning.Trainers;

namespace MlOps.Learning.Tests.Trainers;

public sealed class TrainerParametersTests
{
    private static readonly ITrainer Gbdt = TrainerCatalog.Default.Get("gbdt");

    [Fact]
    public void Parse_Nothing_GivesDefaults() =>
        Assert.Equal(Gbdt.Parameters.ToDictionary(p => p.Name, p => p.Default), TrainerParameters.Parse(Gbdt, new Dictionary<string, string>()).Values);

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
    [InlineData("gbtd", "trainer 'gbtd' is unknown; did you mean 'gbdt'? (valid: gbdt, linear)")]
    [InlineData("mlnet.fasttree", "trainers named mlnet.* come with the package MlOps.MlNet")]
    public void Get_UnknownTrainer_ListsTheValid(string name, string message) =>
        Assert.Contains(message, Assert.Throws<MlOpsException>(() => TrainerCatalog.Default.Get(name)).Message, StringComparison.Ordinal);

    private static MlOpsException Error(params (string Name, string Value)[] given) =>
        Assert.Throws<MlOpsException>(() => TrainerParameters.Parse(Gbdt, given.ToDictionary(g => g.Name, g => g.Value)));
}
