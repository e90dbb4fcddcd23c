using System.Text;
using System.Text.RegularExpressions;
using MlOps.Learning.Importing;
using MlOps.Learning.Tables;
using MlOps.Learning.Tests.Trainers;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Tests.Importing;

public sealed class XgboostImportTests(XgboostModels live) : IClassFixture<XgboostModels>
{
    public static readonly TheoryData<string> Models =
    [
        "xgb-binary", "xgb-binary-ubj", "xgb-categories", "xgb-categories-ubj", "xgb-multiclass", "xgb-softmax-two", "xgb-forest", "xgb-dart", "xgb-poisson",
        "xgb-tweedie", "xgb-logistic-number", "xgb-hinge", "xgb-absolute", "xgb-linear", "xgb-linear-three",
        "xgb-gamma", "xgb-as21-poisson", "xgb-as21-dart", "xgb-as31-poisson", "xgb-as31-binary", "xgb-as31-multiclass", "xgb-as31-softmax-two", "xgb-as31-linear-three", "xgb-as31-categories", "xgb-as32-sure",
        "xgb-as34-dart", "xgb-as34-gamma",
    ];

    [Theory]
    [MemberData(nameof(Models))]
    public void Import_SampleModel_PredictsAndExplainsAsXgboost(string name) =>
        ExpectedRows.Load(ExpectedRows.Folder, name).Check(Import(ExpectedRows.Folder, name).Model);

    [SkippableTheory]
    [MemberData(nameof(Models))]
    public void Import_ModelMadeNow_PredictsAndExplainsAsXgboost(string name) =>
        ExpectedRows.Load(live.Folder(), name).Check(Import(live.Folder(), name).Model);

    [Theory]
    [MemberData(nameof(Models))]
    public void Save_ImportedModel_LoadsAndScoresAlike(string name)
    {
        IModel model = Import(ExpectedRows.Folder, name).Model;
        Table rows = ExpectedRows.Load(ExpectedRows.Folder, name).TableOf(model.Signature);

        IModel loaded = ModelFile.Load(Make.Bytes(model));

        Assert.Equal(model.Score(rows).Scores, loaded.Score(rows).Scores);
        Assert.True(model.HeldBytes > 0);
    }

    [Fact]
    public void Import_RawMargins_BecomeProbabilities()
    {
        ExpectedRows expected = ExpectedRows.Load(ExpectedRows.Folder, "xgb-raw");
        IModel model = Import(ExpectedRows.Folder, "xgb-raw").Model;

        double[] scores = model.Score(expected.TableOf(model.Signature)).Scores;

        Assert.All(scores.Zip(expected.Prediction), pair => Assert.Equal(Links.Sigmoid(pair.Second[0]), pair.First, 1e-6));
    }

    [Fact]
    public void Import_SignatureAndProducer_AreThoseOfTheFile()
    {
        ImportedModel imported = Import(ExpectedRows.Folder, "xgb-categories");

        Assert.Equal(("xgboost-json", "XGBoost 1.7.4", "xgboost"), (imported.Format, imported.Producer, imported.Model.Trainer));
        Assert.Equal(["age", "income", "visits", "plan", "city"], imported.Model.Signature.Inputs.Select(i => i.Name));
        Assert.Equal([ColumnType.Number, ColumnType.Number, ColumnType.Number, ColumnType.Category, ColumnType.Category], imported.Model.Signature.Inputs.Select(i => i.Type));
        Assert.Equal((LearningTask.Binary, 64), (imported.Model.Signature.Task, imported.Model.Signature.Inputs[4].Levels!.Count));
        Assert.Equal(1, imported.Model.Importance.Sum(i => i.Share), 1e-9);
    }

    [Fact]
    public void Import_Options_NameInputsClassesLevelsAndTarget()
    {
        string[] plans = ["basic", "plus", "pro"];
        ExpectedRows expected = ExpectedRows.Load(ExpectedRows.Folder, "xgb-categories");
        IModel model = Import(ExpectedRows.Folder, "xgb-categories", new ImportOptions
        {
            Target = "left",
            Features = ["a", "b", "c", "d", "e"],
            Classes = ["no", "yes"],
            Levels = new Dictionary<string, IReadOnlyList<string>> { ["d"] = plans },
        }).Model;
        Table codes = expected.TableOf(model.Signature);
        Table named = new([.. codes.Columns.Take(3), CategoryColumn.From("d", expected.Rows.Select(r => plans[(int)r[3]!])), codes["e"]]);

        Predictions predictions = model.Score(named);

        Assert.Equal(["no", "yes"], predictions.Classes);
        Assert.Equal("left", model.Signature.Target);
        Assert.All(predictions.Scores.Zip(expected.Prediction), pair => Assert.Equal(pair.Second[0], pair.First, 1e-6));
    }

    /// <summary>Each objective there is, from the intercept in the file alone: what XGBoost's 1.7.4 gave for trees of zeros; each also as a list.</summary>
    [Theory]
    [InlineData("reg:squarederror", 0.3)]
    [InlineData("reg:squaredlogerror", 0.3)]
    [InlineData("reg:pseudohubererror", 0.3)]
    [InlineData("reg:absoluteerror", 0.3)]
    [InlineData("reg:quantileerror", 0.3)]
    [InlineData("reg:expectileerror", 0.3)]
    [InlineData("rank:pairwise", 0.3)]
    [InlineData("rank:ndcg", 0.3)]
    [InlineData("rank:map", 0.3)]
    [InlineData("reg:logistic", 0.3)]
    [InlineData("count:poisson", 0.3)]
    [InlineData("reg:gamma", 0.3)]
    [InlineData("reg:tweedie", 0.3)]
    [InlineData("survival:cox", 0.3)]
    [InlineData("survival:aft", 0.3)]
    [InlineData("binary:logistic", 0.3)]
    [InlineData("binary:logitraw", 0.5744425168116589)]
    [InlineData("binary:hinge", 1)]
    public void Import_TreesOfZeros_PredictTheIntercept(string objective, double expected)
    {
        string json = Json("xgb-binary").Replace("binary:logistic", objective, StringComparison.Ordinal);
        json = Regex.Replace(json, "\"split_conditions\":\\[[^\\]]*\\]", m => Regex.Replace(m.Value, "[-0-9.E]+(?=[,\\]])", "0"));
        Assert.All(Scores(json.Replace("\"5E-1\"", "\"3E-1\"", StringComparison.Ordinal)), s => Assert.Equal(expected, s, 1e-7));
        Assert.All(Scores(json.Replace("\"5E-1\"", "\"[3E-1]\"", StringComparison.Ordinal)), s => Assert.Equal(expected, s, 1e-7));
    }

    [Theory]
    [InlineData(3, 2, "1E0", true)]
    [InlineData(3, 2, "0E0", true)]
    [InlineData(3, 1, "1E0", false)]
    [InlineData(3, 2, "2E0", false)]
    public void Import_ProbabilityOfOneClassOnly_IsReadWhereTheVersionWritesIt(int major, int minor, string intercept, bool read)
    {
        string json = Json("xgb-as32-sure").Replace("[3,2,0]", $"[{major},{minor},0]", StringComparison.Ordinal).Replace("[1E0]", $"[{intercept}]", StringComparison.Ordinal);
        if (read)
            Assert.Equal(intercept == "1E0", Scores(json)[0] > 0.5);
        else
            Assert.Equal("model-import-damaged", Assert.Throws<MlOpsException>(() => Import(json)).Code);
    }

    [Fact]
    public void Import_NamesOfCategories_AreTheLevels()
    {
        string[] cities = [.. Enumerable.Range(0, 40).Select(i => $"c{i:00}")];
        string values = string.Join(',', cities.SelectMany(c => Encoding.UTF8.GetBytes(c)));
        string offsets = string.Join(',', Enumerable.Range(0, 41).Select(i => i * 3));
        string cats = $$"""
            "cats":{"enc":[{},{},{},{"type":6,"values":[10,20,30]},{"offsets":[{{offsets}}],"values":[{{values}}]}],"feature_segments":[],"sorted_idx":[]},"tree_info":[
            """;
        string json = Json("xgb-categories").Replace("\"tree_info\":[", cats, StringComparison.Ordinal);

        ModelSignature signature = Import(json).Model.Signature;

        Assert.Equal(["10", "20", "30"], signature.Inputs[3].Levels);
        Assert.Equal(cities, signature.Inputs[4].Levels);
    }

    [Fact]
    public void Import_StoppedEarly_SaysSoAndKeepsTheRoundsAskedFor()
    {
        string json = Json("xgb-binary").Replace("\"best_iteration\":\"2\"", "\"best_iteration\":\"1\"", StringComparison.Ordinal);
        ImportedModel all = Import(json), best = Import(json, new ImportOptions { Rounds = 2 });

        Assert.Contains("round 2 of 3", Assert.Single(all.Notes), StringComparison.Ordinal);
        Assert.Empty(best.Notes);
        Assert.True(best.Model.HeldBytes < all.Model.HeldBytes);
        Assert.Equal("model-import-option", Assert.Throws<MlOpsException>(() => Import(json, new ImportOptions { Rounds = 4 })).Code);
    }

    private double[] Scores(string json, string rows = "xgb-binary")
    {
        IModel model = Import(json).Model;
        return model.Score(ExpectedRows.Load(ExpectedRows.Folder, rows).TableOf(model.Signature)).Scores;
    }

    private static string Json(string name) => Encoding.UTF8.GetString(ExpectedRows.FileOf(ExpectedRows.Folder, name));

    private static ImportedModel Import(string json, ImportOptions? options = null) => ModelImporter.Import(Encoding.UTF8.GetBytes(json), options ?? ImportOptions.Default);

    private static ImportedModel Import(string folder, string name, ImportOptions? options = null) =>
        ModelImporter.Import(ExpectedRows.FileOf(folder, name), options ?? ImportOptions.Default);
}

public sealed class XgboostModels() : PythonModels("xgboost_models.py", "xgboost");
