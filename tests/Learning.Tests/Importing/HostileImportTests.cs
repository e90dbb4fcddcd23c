using System.Text;
using System.Text.RegularExpressions;
using MlOps.Learning.Importing;
using MlOps.Learning.Importing.Documents;
using MlOps.Learning.Importing.Trees;
using MlOps.Learning.Trainers;
using MlOps.Learning.Trainers.Boosting;

namespace MlOps.Learning.Tests.Importing;

/// <summary>Files that are made to take memory or time, or to break what reads them.</summary>
public sealed class HostileImportTests
{
    [Fact]
    public void Import_OutputsWithoutTrees_AreNotFilledUpWithoutBound()
    {
        MlOpsException error = Refused(Xgboost(classes: 2_000, trees: 600));

        Assert.Equal("model-import-damaged", error.Code);
        Assert.Contains("one of its 2,000 outputs has 600 trees, all together have 600", error.Message, StringComparison.Ordinal);
        Assert.Equal(300, ((TreeModel)ModelImporter.Import(Xgboost(classes: 3, trees: 100), ImportOptions.Default).Model).Trees.Roots.Length);
    }

    [Fact]
    public void Import_ModelThatIsLargerThanTheHostsMemory_IsRefused()
    {
        var small = new ImportOptions { Memory = 1 << 20 };
        MlOpsException nodes = Refused(Xgboost(classes: 100, trees: 250), small);
        MlOpsException bytes = Refused(new byte[300_000], small);

        Assert.Equal((ErrorKind.TooLarge, "model-import-too-large"), (nodes.Kind, nodes.Code));
        Assert.Contains("25,000 nodes take 1.1 MiB of memory, at most 1.0 MiB", nodes.Message, StringComparison.Ordinal);
        Assert.Contains("300,000 bytes, at most 262,144", bytes.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{", "\"a\":1,", "\"a\":1}", 1_000)]
    [InlineData("[\"x\",", "1,", "1]", 1_000)]
    [InlineData("[", "1,", "\"x\"]", 1_000)]
    [InlineData("[", "1,", "1]", 20_000)]
    public void Json_Numbers_CountAsTheMemoryThatTheyTake(string begin, string item, string end, int items)
    {
        byte[] json = Encoding.UTF8.GetBytes(begin + string.Concat(Enumerable.Repeat(item, items)) + end);
        Assert.Equal("model-import-too-large", Assert.Throws<MlOpsException>(() => JsonDocumentReader.Read(json, 100_000)).Code);
        JsonDocumentReader.Read(json, 400_000);
    }

    [Theory]
    [InlineData("{", "U\u0001aU\u0001", "}", 1_000)]
    [InlineData("[SU\u0001x", "U\u0001", "]", 1_000)]
    [InlineData("[", "T", "]", 20_000)]
    [InlineData("[$U#I\u004E\u0020", "\u0001", "", 20_000)]
    public void Ubjson_Numbers_CountAsTheMemoryThatTheyTake(string begin, string item, string end, int items)
    {
        byte[] file = Encoding.Latin1.GetBytes(begin + string.Concat(Enumerable.Repeat(item, items)) + end);
        Assert.Equal("model-import-too-large", Assert.Throws<MlOpsException>(() => UbjsonDocumentReader.Read(file, 100_000)).Code);
        UbjsonDocumentReader.Read(file, 400_000);
    }

    [Fact]
    public void Import_NamesThatAreNull_AreRefused()
    {
        byte[] file = ExpectedRows.FileOf(ExpectedRows.Folder, "xgb-categories");
        ImportOptions[] wrong =
        [
            new() { Features = ["a", null!, "b", "c", "d"] },
            new() { Features = [null!, "a", "b", "c", "d"] },
            new() { Classes = ["a", null!] },
            new() { Levels = new Dictionary<string, IReadOnlyList<string>> { ["plan"] = ["a", null!, "b"] } },
        ];
        Assert.All(wrong, options => Assert.Equal("model-import-option", Refused(file, options).Code));
    }

    [Theory]
    [InlineData("num_cat=1", "num_cat=2147483647", "sets of categories and 3 nodes")]
    [InlineData("num_cat=1", "num_cat=4", "4 sets of categories and 3 nodes")]
    [InlineData("threshold=-0.4732313188455927 0 0.652220223807572 1 2", "threshold=-0.4732313188455927 0 0.652220223807572 1 1", "two nodes of tree 2 ask for set 1")]
    [InlineData("pandas_categorical:null", "pandas_categorical:[null,[\"a\"]]", "list 0 of its line 'pandas_categorical' is null")]
    public void Lightgbm_FileThatBreaksItsReader_IsDamaged(string old, string with, string part)
    {
        MlOpsException error = Refused(Encoding.UTF8.GetBytes(Lightgbm().Replace(old, with, StringComparison.Ordinal)));

        Assert.Equal("model-import-damaged", error.Code);
        Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Lightgbm_LargestCodeWithLevelsOfTheCallers_DoesNotFit()
    {
        byte[] file = Encoding.UTF8.GetBytes(Lightgbm().Replace("3:10:33:64:700", "3:10:33:64:2147483647", StringComparison.Ordinal));
        string[] levels = [.. Enumerable.Range(0, 701).Select(i => $"z{i}")];

        MlOpsException error = Refused(file, new ImportOptions { Levels = new Dictionary<string, IReadOnlyList<string>> { ["zip"] = levels } });

        Assert.Equal("model-import-option", error.Code);
        Assert.Contains("'zip' has 701 levels", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Xgboost_SetsOfCategoriesThatOverlap_AreRefused()
    {
        string text = Encoding.UTF8.GetString(ExpectedRows.FileOf(ExpectedRows.Folder, "xgb-categories"));
        byte[] file = Encoding.UTF8.GetBytes(Regex.Replace(text, "\"categories_sizes\":\\[(\\d+)", m => $"\"categories_sizes\":[{m.Groups[1].Value}00"));
        Assert.Contains("overlap", Refused(file).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Xgboost_CategoriesWithoutEnd_AreRefusedBeforeTheirLevelsAreNamed()
    {
        const int inputs = 63_000;
        string types = string.Join(',', Enumerable.Repeat("\"c\"", inputs));
        string json = Encoding.UTF8.GetString(Xgboost(classes: 3, trees: 3))
            .Replace("\"num_feature\":\"1\"", $"\"num_feature\":\"{inputs}\"", StringComparison.Ordinal)
            .Replace("\"learner\":{", $"\"learner\":{{\"feature_types\":[{types}],", StringComparison.Ordinal);

        Assert.Contains("4,032,000 categories of all inputs", Refused(Encoding.UTF8.GetBytes(json)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Assembler_TreeThatIsAChain_IsRefusedBeyondItsDepth()
    {
        var trees = new TreeAssembler(1, 1);
        trees.Add(0, Chain(TreeAssembler.MaxDepth), "tree 0");
        MlOpsException error = Assert.Throws<MlOpsException>(() => trees.Add(0, Chain(TreeAssembler.MaxDepth + 1), "tree 1"));

        Assert.Equal("model-import-unsupported", error.Code);
        Assert.Contains("tree 1 has paths of more than 1,000 nodes", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OwnFile_TreeThatIsAChain_IsRefusedBeyondItsDepth()
    {
        Assert.Equal("gbdt", ModelImporter.Import(OwnChain(TreeAssembler.MaxDepth), ImportOptions.Default).Model.Trainer);
        Assert.Equal("model-import-unsupported", Refused(OwnChain(TreeAssembler.MaxDepth + 1)).Code);
    }

    [Fact]
    public void Import_WhateverAReaderThrows_IsTheFilesFault()
    {
        MlOpsException error = Assert.Throws<MlOpsException>(() => ModelImporter.Read(new Breaking(() => new KeyNotFoundException("7")), default, ImportOptions.Default));
        Assert.Equal((ErrorKind.Invalid, "model-import-damaged"), (error.Kind, error.Code));
        Assert.Contains("looks like breaking and breaks its rules", error.Message, StringComparison.Ordinal);
        Assert.Equal("model-import-too-large", Assert.Throws<MlOpsException>(() => ModelImporter.Read(new Breaking(() => new OutOfMemoryException()), default, ImportOptions.Default)).Code);
        Assert.Throws<OperationCanceledException>(() => ModelImporter.Read(new Breaking(() => new OperationCanceledException()), default, ImportOptions.Default));
    }

    private static MlOpsException Refused(byte[] file, ImportOptions? options = null) => Assert.Throws<MlOpsException>(() => ModelImporter.Import(file, options ?? ImportOptions.Default));

    private static string Lightgbm() => Encoding.UTF8.GetString(ExpectedRows.FileOf(ExpectedRows.Folder, "lgb-binary"));

    /// <summary>Trees of one leaf, all of the first class.</summary>
    private static byte[] Xgboost(int classes, int trees)
    {
        const string tree = """{"left_children":[-1],"right_children":[-1],"split_indices":[0],"split_conditions":[1],"default_left":[0],"tree_param":{}}""";
        string all = string.Join(',', Enumerable.Repeat(tree, trees)), info = string.Join(',', Enumerable.Repeat(0, trees));
        return Encoding.UTF8.GetBytes(
            """{"learner":{"gradient_booster":{"model":{"gbtree_model_param":{},"tree_info":[""" + info + "],\"trees\":[" + all
            + "]},\"name\":\"gbtree\"},\"learner_model_param\":{\"base_score\":\"5E-1\",\"num_class\":\"" + classes
            + "\",\"num_feature\":\"1\"},\"objective\":{\"name\":\"multi:softprob\"}}}");
    }

    private static SourceNode[] Chain(int depth) =>
    [
        .. Enumerable.Range(0, depth).SelectMany(i => new[] { new SourceNode(i, 0, -1, false, (2 * i) + 1, (2 * i) + 2, 0, 0), SourceNode.Leaf(i) }),
        SourceNode.Leaf(0),
    ];

    private static byte[] OwnChain(int depth)
    {
        // The leaf of each level stands before the next inner node, which is its parent's right child.
        TreeNode[] nodes = [.. Enumerable.Range(0, depth).SelectMany(i => new[] { new TreeNode(i, 0, (2 * i) + 1), new TreeNode(1, 0, 0) }), new TreeNode(1, 0, 0)];
        var signature = new ModelSignature(LearningTask.Regression, "y", [new("a", Learning.Tables.ColumnType.Number, true)], []);
        var header = new ModelHeader("trees", "gbdt", signature, new Dictionary<string, double>(), new Dictionary<string, double>(), []);
        var model = new TreeModel(header, new TreeEnsemble(nodes, [0], [], [0], new float[nodes.Length], new float[nodes.Length]));
        using var file = new MemoryStream();
        model.Save(file);
        return file.ToArray();
    }

    private sealed class Breaking(Func<Exception> why) : IImportFormat
    {
        public string Name => "breaking";

        public bool Recognises(ReadOnlySpan<byte> file) => true;

        public ImportedModel Read(ReadOnlyMemory<byte> file, ImportOptions options) => throw why();
    }
}
