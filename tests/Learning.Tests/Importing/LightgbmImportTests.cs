using System.Text;
using MlOps.Learning.Importing;
using MlOps.Learning.Tables;
using MlOps.Learning.Tests.Trainers;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Tests.Importing;

/// <summary>On files that LightGBM wrote, and on files in its format that lightgbm_text.py makes up and scores by the format's rules.</summary>
public sealed class LightgbmImportTests
{
    [Theory]
    [InlineData("lgb-binary")]
    [InlineData("lgb-multiclass")]
    [InlineData("lgb-two")]
    [InlineData("lgb-each")]
    [InlineData("lgb-forest")]
    [InlineData("lgb-sqrt")]
    [InlineData("lgb-tweedie")]
    [InlineData("lgb-lambda")]
    [InlineData("lgb-own")]
    public void Import_SampleModel_PredictsAsTheFormatSays(string name) => Check(name);

    /// <summary>What LightGBM 4.6.0 wrote and said (lightgbm_models.py); its sums are rounded to 18 digits, its contributions sums of doubles.</summary>
    [Theory]
    [InlineData("lgb46-binary")]
    [InlineData("lgb46-multiclass")]
    [InlineData("lgb46-dart")]
    [InlineData("lgb46-forest")]
    [InlineData("lgb46-quantile")]
    [InlineData("lgb46-ranked")]
    public void Import_FileOfLightgbm_PredictsAndExplainsAsLightgbm(string name) => Check(name);

    [Fact]
    public void Import_Signature_HasTheCodesThatMatter()
    {
        ImportedModel imported = Import("lgb-binary");
        ModelSignature signature = imported.Model.Signature;

        Assert.Equal(("lightgbm", "LightGBM (model text v4)", LearningTask.Binary), (imported.Format, imported.Producer, signature.Task));
        Assert.Equal(["age", "income", "visits", "plan", "zip"], signature.Inputs.Select(i => i.Name));
        Assert.Equal(["3", "10", "33", "64", "700"], signature.Inputs[4].Levels);
        Assert.Empty(imported.Notes);
        Assert.Contains("objective of its owner's", Assert.Single(Import("lgb-own").Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Import_PandasCategories_AreTheLevels()
    {
        string text = Text("lgb-binary").Replace("pandas_categorical:null", "pandas_categorical:[[\"basic\",\"plus\",\"pro\"],[" + string.Join(',', Enumerable.Range(90_000, 701)) + "]]", StringComparison.Ordinal);
        ExpectedRows expected = ExpectedRows.Load(ExpectedRows.Folder, "lgb-binary");
        IModel model = Import(Encoding.UTF8.GetBytes(text)).Model;
        Table codes = expected.TableOf(model.Signature);
        string[] plans = ["basic", "plus", "pro"];
        Table named = new(
        [
            .. codes.Columns.Take(3),
            CategoryColumn.From("plan", expected.Rows.Select(r => r[3] is { } code and < 3 ? plans[(int)code] : null)),
            new NumberColumn("zip", [.. expected.Rows.Select(r => r[4] + 90_000 ?? double.NaN)]),
        ]);

        Assert.Equal(plans, model.Signature.Inputs[3].Levels);
        Assert.All(model.Score(named).Scores.Zip(expected.Prediction), pair => Assert.Equal(pair.Second[0], pair.First, 1e-12));
    }

    [Theory]
    [InlineData("end of trees", "end of", "model-import-damaged", "cut off")]
    [InlineData("objective=binary", "objective=other", "model-import-unsupported", "'other")]
    [InlineData("max_feature_idx=4", "max_feature_idx=2", "model-import-damaged", "asks for input")]
    [InlineData("max_feature_idx=4", "max_feature_idx=2000000000", "model-import-too-large", "inputs")]
    [InlineData("num_leaves=", "num_leaves=9", "model-import-damaged", "numbers")]
    [InlineData("is_linear=0", "is_linear=1", "model-import-unsupported", "linear_tree")]
    [InlineData("left_child=", "left_child=-1 ", "model-import-damaged", "numbers")]
    [InlineData("num_class=1", "num_class=x", "model-import-damaged", "a count is expected")]
    public void Import_FileThatContradictsItself_SaysWhere(string old, string with, string code, string part)
    {
        string text = Text("lgb-binary");
        text = old == "num_class=1" ? text.Replace("num_tree_per_iteration=1\n", "", StringComparison.Ordinal) : text;
        MlOpsException error = Assert.Throws<MlOpsException>(() => Import(Encoding.UTF8.GetBytes(text.Replace(old, with, StringComparison.Ordinal))));
        Assert.Equal(code, error.Code);
        Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Import_FileThatLostATree_IsRefused()
    {
        string text = System.Text.Encoding.UTF8.GetString(ExpectedRows.FileOf(ExpectedRows.Folder, "lgb46-binary"));
        int lost = text.IndexOf("Tree=1", StringComparison.Ordinal), next = text.IndexOf("Tree=2", StringComparison.Ordinal);
        byte[] file = System.Text.Encoding.UTF8.GetBytes(text.Remove(lost, next - lost));

        MlOpsException error = Assert.Throws<MlOpsException>(() => ModelImporter.Import(file, ImportOptions.Default));

        Assert.Equal("model-import-damaged", error.Code);
        Assert.Contains("tells of 3 trees, 2 are there", error.Message, StringComparison.Ordinal);
    }

    private static ImportedModel Import(string name) => Import(ExpectedRows.FileOf(ExpectedRows.Folder, name));

    private static ImportedModel Import(byte[] file) => ModelImporter.Import(file, ImportOptions.Default);

    private static string Text(string name) => Encoding.UTF8.GetString(ExpectedRows.FileOf(ExpectedRows.Folder, name));

    private static void Check(string name)
    {
        ExpectedRows expected = ExpectedRows.Load(ExpectedRows.Folder, name);
        IModel model = Import(name).Model;

        expected.Check(model, 1e-12);
        expected.Check(ModelFile.Load(Make.Bytes(model)), 1e-12);
    }
}
