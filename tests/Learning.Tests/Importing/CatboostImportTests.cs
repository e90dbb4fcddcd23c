using System.Text;
using MlOps.Learning.Explaining;
using MlOps.Learning.Importing;
using MlOps.Learning.Tests.Trainers;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Tests.Importing;

/// <summary>On files in CatBoost's JSON, which catboost_json.py makes up and scores by the format's rules.</summary>
public sealed class CatboostImportTests
{
    [Theory]
    [InlineData("cat-number")]
    [InlineData("cat-two")]
    [InlineData("cat-three")]
    [InlineData("cat-nested")]
    [InlineData("cat-nested-three")]
    public void Import_SampleModel_PredictsAsTheFormatSays(string name)
    {
        ExpectedRows expected = ExpectedRows.Load(ExpectedRows.Folder, name);
        IModel model = ModelImporter.Import(ExpectedRows.FileOf(ExpectedRows.Folder, name), ImportOptions.Default).Model;

        expected.Check(model, 1e-12);
        expected.Check(ModelFile.Load(Make.Bytes(model)), 1e-12);
    }

    /// <summary>The format has no gains of splits: 0 would say that they gained nothing.</summary>
    [Fact]
    public void Import_GainsThatTheFormatLacks_AreMissingAndSaid()
    {
        ImportedModel imported = ModelImporter.Import(ExpectedRows.FileOf(ExpectedRows.Folder, "cat-two"), ImportOptions.Default);
        IReadOnlyList<SplitImportance> found = SplitImportance.Of(imported.Model);

        Assert.All(found, f => Assert.Equal((null, null), (f.Gain, f.TotalGain)));
        Assert.All(found, f => Assert.True(f.Weight == 0 || f.TotalCover > 0));
        Assert.Equal(found.OrderByDescending(f => f.TotalCover).Select(f => f.Feature), found.Select(f => f.Feature));
        Assert.Contains("no gains", SplitImportance.Lacks(imported.Model), StringComparison.Ordinal);
        Assert.Contains(imported.Notes, note => note.Contains("no gains", StringComparison.Ordinal));
    }

    [Fact]
    public void Import_Signature_IsThatOfTheFile()
    {
        ImportedModel imported = ModelImporter.Import(ExpectedRows.FileOf(ExpectedRows.Folder, "cat-two"), ImportOptions.Default);

        Assert.Equal(("catboost-json", "catboost", LearningTask.Binary), (imported.Format, imported.Model.Trainer, imported.Model.Signature.Task));
        Assert.Equal(["no", "yes"], imported.Model.Signature.Classes);
        Assert.Equal(["age", "income", "visits"], imported.Model.Signature.Inputs.Select(i => i.Name));
    }

    [Theory]
    [InlineData("\"Logloss\"", "\"Other\"", "model-import-unsupported", "'Other'")]
    [InlineData("\"Logloss\"", "\"MultiClass\"", "model-import-unsupported", "does not go with 1 outputs")]
    [InlineData("\"float_features\": [", "\"categorical_features\": [1], \"float_features\": [", "model-import-unsupported", "categories")]
    [InlineData("\"FloatFeature\"", "\"OnlineCtr\"", "model-import-unsupported", "OnlineCtr")]
    [InlineData("\"leaf_values\": [", "\"leaf_values\": [1, ", "model-import-damaged", "leaf values")]
    [InlineData("\"flat_feature_index\": 2", "\"flat_feature_index\": 5", "model-import-unsupported", "no numbers")]
    public void Import_FileThatCannotBe_SaysWhy(string old, string with, string code, string part)
    {
        string text = Encoding.UTF8.GetString(ExpectedRows.FileOf(ExpectedRows.Folder, "cat-two"));
        MlOpsException error = Assert.Throws<MlOpsException>(() => ModelImporter.Import(Encoding.UTF8.GetBytes(text.Replace(old, with, StringComparison.Ordinal)), ImportOptions.Default));
        Assert.Equal(code, error.Code);
        Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }
}
