using System.Text;
using FsCheck;
using FsCheck.Fluent;
using MlOps.Learning.Importing;
using MlOps.Learning.Importing.Documents;
using MlOps.Learning.Importing.Trees;
using MlOps.Learning.Tables;
using MlOps.Learning.Tests.Trainers;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Tests.Importing;

public sealed class ImportErrorTests
{
    private static readonly ImportOptions Options = ImportOptions.Default;

    [Theory]
    [InlineData("xgb-binary")]
    [InlineData("xgb-categories-ubj")]
    [InlineData("xgb-dart")]
    [InlineData("xgb-linear")]
    [InlineData("lgb-binary")]
    [InlineData("onnx-pipeline")]
    [InlineData("onnx-boosted")]
    [InlineData("cat-two")]
    public void Import_AnyByteChangedOrCutOff_IsAModelOrAClearError(string name)
    {
        byte[] file = ExpectedRows.FileOf(ExpectedRows.Folder, name);
        var cases = Gen.Zip(Gen.Choose(0, file.Length - 1), Gen.Choose(0, 255));
        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            byte[] changed = [.. file];
            changed[c.Item1] = (byte)c.Item2;
            return IsFine(changed) && IsFine(file.AsMemory(0, c.Item1));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(100));
    }

    [Theory]
    [InlineData("\u0080\u0004\u0095", "Python pickle")]
    [InlineData("ccopy_reg\n_reconstructor\np0\n", "Python pickle")]
    [InlineData("cxgboost.sklearn\nXGBClassifier\nq\u0000", "Python pickle")]
    [InlineData("(dp0\nS'model'\n", "Python pickle")]
    [InlineData("]q\u0000(", "Python pickle")]
    [InlineData("city\nama\nber\n", "it begins with 'city.ama.ber'")]
    [InlineData("x\u0001", "compressed with zlib")]
    [InlineData("x^\u00ED", "skl2onnx.to_onnx(model, X[:1])")]
    [InlineData("x\u009C", "compressed with zlib")]
    [InlineData("x\u00DA", "compressed with zlib")]
    [InlineData("\u001F\u008B\u0008", "skl2onnx.to_onnx(model, X[:1])")]
    [InlineData("BZh9", "compressed with bzip2")]
    [InlineData("\u00FD7zXZ\0", "compressed with xz")]
    [InlineData("]\0\0\u0080", "compressed with lzma")]
    [InlineData("PK\u0003\u0004", "ZIP archive")]
    [InlineData("CBM1", "save_model('model.json', format='json')")]
    [InlineData("binf", "before 3.1")]
    [InlineData("hello", "it begins with 'hello'")]
    [InlineData("", "it is empty")]
    [InlineData("{\"tree_info\":[]}", "booster.save_model('model.txt')")]
    public void Import_ForeignFile_SaysWhatItIsAndWhatToDo(string begin, string part)
    {
        MlOpsException error = Refused(Encoding.Latin1.GetBytes(begin));
        Assert.Equal("model-import-format", error.Code);
        Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("binary:logistic", "other:thing", "model-import-unsupported", "'other:thing'")]
    [InlineData("\"num_target\":\"1\"", "\"num_target\":\"2\"", "model-import-unsupported", "2 targets")]
    [InlineData("\"name\":\"gbtree\"", "\"name\":\"gbforest\"", "model-import-unsupported", "'gbforest'")]
    [InlineData("\"num_class\":\"0\",\"num_feature\":\"5\"", "\"num_class\":\"0\",\"num_feature\":\"2000000000\"", "model-import-too-large", "2,000,000,000 inputs")]
    [InlineData("\"learner_model_param\"", "\"other\"", "model-import-damaged", "'learner' has no 'learner_model_param'")]
    [InlineData("\"left_children\":[1,", "\"left_children\":[0,", "model-import-damaged", "points to node 0 more than once")]
    [InlineData("\"left_children\":[1,", "\"left_children\":[99,", "model-import-damaged", "outside")]
    [InlineData("\"left_children\":[1,", "\"left_children\":[-7,", "model-import-damaged", "has the children -7 and ")]
    [InlineData("\"left_children\":[1,", "\"left_children\":[-1,", "model-import-damaged", "has the children -1 and ")]
    [InlineData("\"left_children\":[1,", "\"left_children\":[1,5,", "model-import-damaged", "numbers, expected")]
    [InlineData("\"split_indices\":[", "\"split_indices\":[7,", "model-import-damaged", "expected")]
    [InlineData("\"base_score\":\"5E-1\"", "\"base_score\":\"1E0\"", "model-import-damaged", "a probability between 0 and 1")]
    public void Import_FileThatContradictsItself_SaysWhere(string old, string with, string code, string part)
    {
        string json = Encoding.UTF8.GetString(ExpectedRows.FileOf(ExpectedRows.Folder, "xgb-binary"));
        int at = json.IndexOf(old, StringComparison.Ordinal);
        string changed = json[..at] + with + json[(at + old.Length)..];

        MlOpsException error = Refused(Encoding.UTF8.GetBytes(changed));

        Assert.Equal(code, error.Code);
        Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Import_OptionsThatDoNotFit_AreRefused()
    {
        byte[] file = ExpectedRows.FileOf(ExpectedRows.Folder, "xgb-categories");
        ImportOptions[] wrong =
        [
            new() { Features = ["a"] },
            new() { Features = ["a", "a", "b", "c", "d"] },
            new() { Classes = ["a", "b", "c"] },
            new() { Classes = ["a", "a"] },
            new() { Target = "age" },
            new() { Levels = new Dictionary<string, IReadOnlyList<string>> { ["nothing"] = ["a"] } },
            new() { Levels = new Dictionary<string, IReadOnlyList<string>> { ["age"] = ["a"] } },
            new() { Levels = new Dictionary<string, IReadOnlyList<string>> { ["city"] = ["a"] } },
        ];
        Assert.All(wrong, options => Assert.Equal("model-import-option", Assert.Throws<MlOpsException>(() => ModelImporter.Import(file, options)).Code));
    }

    [Theory]
    [InlineData("[$l#L\0\0\0\u0007\u00FF\u00FF\u00FF\u00FF")]
    [InlineData("[#L\0\0\0\0\u007F\u00FF\u00FF\u00FF")]
    [InlineData("[$Z#l\u007F\u00FF\u00FF\u00FF")]
    [InlineData("SL\u007F\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF")]
    [InlineData("{L\0\0\0\0\0\0\0\u0001")]
    public void Ubjson_LengthsBeyondTheFile_AreRefusedBeforeMemoryIsTaken(string file)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(file);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal("model-import-damaged", Assert.Throws<MlOpsException>(() => UbjsonDocumentReader.Read(bytes)).Code);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 200_000);
    }

    [Theory]
    [InlineData("[1,2", "it ends after 4 bytes")]
    [InlineData("{\"a\" 1}", "':'")]
    [InlineData("{\"a\":1} x", "the end")]
    [InlineData("\"a\\q\"", "an escaped character")]
    [InlineData("[tru]", "a value")]
    public void Json_Damaged_SaysWhere(string json, string part) =>
        Assert.Contains(part, Assert.Throws<MlOpsException>(() => JsonDocumentReader.Read(Encoding.UTF8.GetBytes(json))).Message, StringComparison.Ordinal);

    [Fact]
    public void Json_NestedTooDeep_IsRefused() =>
        Assert.Contains("64 levels", Assert.Throws<MlOpsException>(() => JsonDocumentReader.Read(Encoding.UTF8.GetBytes(new string('[', 100_000)))).Message, StringComparison.Ordinal);

    [Fact]
    public void Json_AllKindsOfValues_AreRead()
    {
        var root = new Place(JsonDocumentReader.Read("{\"a\": [1, true, -2.5e1, NaN, -Infinity], \"b\\u00e9\\n\": [\"x\", 2, null], \"c\": {}}"u8), "");
        Assert.Equal([1, 1, -25, double.NaN, double.NegativeInfinity], root["a"].Numbers);
        Assert.Equal(["a", "bé\n", "c"], root.Names);
        Assert.Equal(3, root["bé\n"].Items.Count);
    }

    [Fact]
    public void SingleThreshold_AnyValueNearAnyThreshold_DecidesAsIn32Bits()
    {
        var bits = Gen.Zip(Gen.Choose(int.MinValue, int.MaxValue), Gen.Choose(-3, 3));
        Prop.ForAll(bits.ToArbitrary(), c =>
        {
            float threshold = BitConverter.Int32BitsToSingle(c.Item1);
            return float.IsNaN(threshold) || DecidesAlike(threshold, c.Item2);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
        Assert.All<float>([0, -0f, float.Epsilon, -float.Epsilon, float.MaxValue, float.MinValue, float.PositiveInfinity, float.NegativeInfinity, 1], t => Assert.True(DecidesAlike(t, 0)));
    }

    [Fact]
    public void Import_OwnFile_IsTakenAsItIs()
    {
        byte[] file = Make.Bytes(Make.Fit("linear", Make.MixedSpec(LearningTask.Binary, ("maxIterations", 3)), Make.Mixed(60)));
        Assert.Equal(file, Make.Bytes(ModelImporter.Import(file, Options).Model));
        Assert.Equal("model-import-option", Assert.Throws<MlOpsException>(() => ModelImporter.Import(file, new ImportOptions { Rounds = 2 })).Code);
    }

    private static bool DecidesAlike(float threshold, int steps)
    {
        foreach (double edge in new[] { SingleThreshold.Below(threshold), SingleThreshold.AtMost(threshold), threshold })
        {
            double x = edge;
            for (int i = 0; i < Math.Abs(steps); i++)
                x = steps > 0 ? Math.BitIncrement(x) : Math.BitDecrement(x);
            if (double.IsFinite(x) && (((float)x < threshold) != (x <= SingleThreshold.Below(threshold)) || ((float)x <= threshold) != (x <= SingleThreshold.AtMost(threshold))))
                return false;
        }

        return true;
    }

    private static MlOpsException Refused(byte[] file) => Assert.Throws<MlOpsException>(() => ModelImporter.Import(file, Options));

    private static bool IsFine(ReadOnlyMemory<byte> file)
    {
        try
        {
            IModel model = ModelImporter.Import(file, Options).Model;
            model.Score(new Table([.. model.Signature.Inputs.Select(i => new NumberColumn(i.Name, [1, double.NaN, -3]))]));
        }
        catch (MlOpsException)
        {
            // An explained refusal is what a damaged file shall get.
        }

        return true;
    }
}
