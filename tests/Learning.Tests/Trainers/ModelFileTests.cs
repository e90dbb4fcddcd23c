using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Win32.SafeHandles;
using MlOps.Contracts;
using MlOps.Learning.Explaining;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;
using MlOps.Learning.Trainers.Boosting;

namespace MlOps.Learning.Tests.Trainers;

public sealed class ModelFileTests
{
    private static readonly byte[] File = Make.Bytes(Make.Fit("gbdt", Make.MixedSpec(LearningTask.Binary, ("trees", 3)), Make.Mixed(400)));

    [Fact]
    public void Load_AnySavedModel_ScoresAndSavesAlike()
    {
        var tasks = Gen.Elements(Enum.GetValues<LearningTask>());
        var cases = Gen.Zip(Gen.Zip(Gen.Elements("gbdt", "linear", "forest", "baseline"), tasks), Gen.Zip(Gen.Choose(30, 300), Gen.Choose(1, 1000)));
        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            ((string trainer, LearningTask task), (int rows, int seed)) = (c.Item1, c.Item2);
            Table table = Make.Mixed(rows, (ulong)seed);
            IModel model = Make.Fit(trainer, Make.MixedSpec(task, Make.Few(trainer, 3)), table);
            byte[] bytes = Make.Bytes(model);
            IModel loaded = ModelFile.Load(bytes);
            Assert.Equal(bytes, Make.Bytes(loaded));
            Assert.Equal(model.Score(table).Scores, loaded.Score(table).Scores);
            Assert.Equal(model.Importance, loaded.Importance);
            Assert.Equivalent(model.Signature, loaded.Signature, strict: true);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(30));
    }

    [Fact]
    public void Load_AnyByteChanged_IsRefused()
    {
        Prop.ForAll(Gen.Choose(0, File.Length - 1).ToArbitrary(), at =>
        {
            byte[] damaged = [.. File];
            damaged[at] ^= 0x40;
            MlOpsException error = Assert.Throws<MlOpsException>(() => ModelFile.Load(damaged));
            Assert.Equal((ErrorKind.Invalid, "model-file"), (error.Kind, error.Code));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Load_CutOff_IsRefused()
    {
        Prop.ForAll(Gen.Choose(0, File.Length - 1).ToArbitrary(), length =>
            Assert.Equal("model-file", Assert.Throws<MlOpsException>(() => ModelFile.Load(File.AsMemory(0, length))).Code)).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Load_ForeignFile_SaysWhatItBeginsWith()
    {
        MlOpsException error = Assert.Throws<MlOpsException>(() => ModelFile.Load(new MemoryStream("{\"learner\":{}}"u8.ToArray())));
        Assert.Contains("not a model file: it begins with '{\"learne'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_NewerFormat_AsksForANewerVersion()
    {
        byte[] newer = [.. File];
        newer[8] = 2;
        MlOpsException error = Assert.Throws<MlOpsException>(() => ModelFile.Load(newer));
        Assert.Contains("format 2, this version reads 1 to 1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_UnknownKind_ListsTheKnown()
    {
        using var stream = new MemoryStream();
        ModelFile.Write(new ModelContent(ModelFile.Read(File).Header with { Kind = "forest" }), stream);
        MlOpsException error = Assert.Throws<MlOpsException>(() => ModelFile.Load(stream.ToArray()));
        Assert.Contains("kind 'forest', which this version cannot read; it reads: trees, linear", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_KindOfAnotherAssembly_IsReadByItsFormat()
    {
        ModelContent trees = ModelFile.Read(File);
        var foreign = new ModelContent(trees.Header with { Kind = "mlnet" });
        foreach ((string name, string type, ReadOnlyMemory<byte> bytes) in trees.Sections)
            foreign.AddRaw(new ModelSection(name, type, 0, bytes.Length), bytes);
        using var stream = new MemoryStream();
        ModelFile.Write(foreign, stream);
        Assert.Contains("it reads: trees, linear, onnx; models of ML.NET need the package MlOps.MlNet", Assert.Throws<MlOpsException>(() => ModelFile.Load(stream.ToArray())).Message, StringComparison.Ordinal);
        TrainerCatalog catalog = TrainerCatalog.Default.WithFormats(new RenamedTrees());
        Assert.Equal("gbdt", ModelFile.Load(stream.ToArray(), catalog.With([]).Formats).Trainer);
    }

    private sealed class RenamedTrees : IModelFormat
    {
        public string Kind => "mlnet";

        public IModel Read(ModelContent content) => new TreeModelFormat().Read(content);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(-1, 1 << 28)]
    [InlineData(0, -1)]
    [InlineData(0, int.MinValue)]
    [InlineData(1 << 28, 0)]
    public void Load_TreeThatBeginsOutside_IsRefused(params int[] roots)
    {
        ModelContent content = ModelFile.Read(File);
        MlOpsException error = LoadFails(content, content.Get<TreeNode>("nodes"), roots, content.Get<uint>("sets"));
        Assert.Equal(("model-file", true), (error.Code, error.Message.Contains("a tree begins outside of its nodes", StringComparison.Ordinal)));
    }

    [Fact]
    public void Load_TreeThatLeadsBack_IsRefused() => Refused("points outside", (node, index, _) => node with { Left = index });

    [Fact]
    public void Load_TreeThatDividesAtNaN_IsRefused() => Refused("divides at NaN", (node, _, _) => node with { Feature = node.Feature & TreeNode.FeatureMask, Value = double.NaN });

    [Fact]
    public void Load_TreeWhoseSetHasTooFewLevels_IsRefused()
    {
        ModelContent content = ModelFile.Read(File);
        int category = content.Header.Signature.Inputs.Select((input, i) => (input, i)).First(f => f.input.Levels is { Count: > 0 }).i;
        Refused("a set that is too small", (node, _, sets) => node with { Feature = category | TreeNode.CategoryFlag, Value = sets }, emptySet: true);
    }

    /// <summary>Changes the second inner node; a set of no words is the last of the sets.</summary>
    private static void Refused(string why, Func<TreeNode, int, int, TreeNode> change, bool emptySet = false)
    {
        ModelContent content = ModelFile.Read(File);
        var nodes = content.Get<TreeNode>("nodes");
        uint[] sets = content.Get<uint>("sets");
        int inner = Array.FindIndex(nodes, 1, n => !n.IsLeaf);
        nodes[inner] = change(nodes[inner], inner, sets.Length);
        string message = LoadFails(content, nodes, content.Get<int>("roots"), emptySet ? [.. sets, 0] : sets).Message;
        Assert.Contains($"node {inner} ", message, StringComparison.Ordinal);
        Assert.Contains(why, message, StringComparison.Ordinal);
    }

    private static MlOpsException LoadFails(ModelContent content, TreeNode[] nodes, int[] roots, uint[] sets)
    {
        ModelContent changed = new ModelContent(content.Header)
            .Add<TreeNode>("nodes", nodes)
            .Add<int>("roots", roots)
            .Add<uint>("sets", sets)
            .Add<double>("start", content.Get<double>("start"))
            .Add<float>("cover", content.Get<float>("cover"))
            .Add<float>("gain", content.Get<float>("gain"));
        using var stream = new MemoryStream();
        ModelFile.Write(changed, stream);
        return Assert.Throws<MlOpsException>(() => ModelFile.Load(stream.ToArray()));
    }

    [Theory]
    [InlineData("\"inputs\":[", "\"inputs\":[null,", "input 0 of its header has no name")]
    [InlineData("\"name\":\"b\"", "\"name\":\"a\"", "two inputs of its header are called 'a'")]
    [InlineData("\"type\":\"number\"", "\"type\":99", "no type that is known")]
    [InlineData("\"type\":\"number\"", "\"type\":\"category\"", "a category without levels")]
    [InlineData("\"levels\":[\"a\"", "\"levels\":[\"a\",\"a\"", "'c' in its header has a level twice")]
    [InlineData("\"levels\":[\"a\"", "\"levels\":[\"a\",null", "or one that is null")]
    [InlineData("\"task\":\"binary\"", "\"task\":7", "a task or link that is not known")]
    [InlineData("\"classes\":[", "\"classes\":[\"maybe\",", "3 classes, which does not go with its task (Binary)")]
    [InlineData("\"classes\":[\"no\"", "\"classes\":[null", "a class twice, or one that is null")]
    [InlineData("\"target\":\"two\"", "\"target\":null", "its header is incomplete")]
    [InlineData("\"importance\":[", "\"importance\":[null,", "an importance without a name")]
    [InlineData("\"sections\":[", "\"sections\":[null,", "a section or an importance without a name")]
    public void Load_HeaderThatBreaksItsReaders_IsRefused(string old, string with, string why)
    {
        MlOpsException error = Assert.Throws<MlOpsException>(() => ModelFile.Load(WithHeader(old, with)));
        Assert.Equal("model-file", error.Code);
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_HeaderWithoutInputs_IsRefused()
    {
        ModelContent content = ModelFile.Read(File);
        using var stream = new MemoryStream();
        ModelFile.Write(new ModelContent(content.Header with { Signature = content.Header.Signature with { Inputs = [] } }), stream);
        Assert.Contains("names no inputs", Assert.Throws<MlOpsException>(() => ModelFile.Load(stream.ToArray())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_HeaderWithoutFacts_IsAModelWhoseMemoryCanBeCounted()
    {
        byte[] file = WithHeader("\"parameters\":", "\"before\":");
        IModel model = ModelFile.Load(file);
        Assert.InRange(model.HeldBytes!.Value, 1, long.MaxValue);
        Assert.Empty(ModelFile.Read(file).Header.Parameters);
    }

    /// <summary>A mapped file can be read in place, and a node of a tree is 24 bytes.</summary>
    [Fact]
    public void Write_Sections_StandWhereTheyCanBeMapped()
    {
        int headerLength = BinaryPrimitives.ReadInt32LittleEndian(File.AsSpan(12));
        JsonArray sections = JsonNode.Parse(File.AsSpan(16, headerLength))!["sections"]!.AsArray();
        long At(string name) => 16 + headerLength + (long)sections.Single(s => (string)s!["name"]! == name)!["offset"]!;
        Assert.All(sections, s => Assert.Equal(0, At((string)s!["name"]!) % 64));

        ModelContent content = ModelFile.Read(File);
        TreeNode[] nodes = content.Get<TreeNode>("nodes");
        using var folder = new TempDirectory();
        System.IO.File.WriteAllBytes(folder["m"], File);
        using var mapped = MemoryMappedFile.CreateFromFile(folder["m"]);
        using MemoryMappedViewAccessor view = mapped.CreateViewAccessor();
        var read = new TreeNode[nodes.Length];
        view.ReadArray(At("nodes"), read, 0, read.Length);

        Assert.Equal(nodes, read);
        long rest = sections.Where(s => (string)s!["name"]! is not ("nodes" or "cover" or "gain")).Sum(s => (long)s!["bytes"]! + 63);
        Assert.InRange((File.Length - 16 - headerLength - rest) / (double)nodes.Length, 16, 26);
    }

    [Theory]
    [InlineData("gbdt", LearningTask.Binary)]
    [InlineData("gbdt", LearningTask.Multiclass)]
    [InlineData("forest", LearningTask.Regression)]
    [InlineData("linear", LearningTask.Binary)]
    public void Load_MappedFile_AnswersAsTheOneInMemory(string trainer, LearningTask task)
    {
        Table table = Make.Mixed(400);
        byte[] file = Make.Bytes(Make.Fit(trainer, Make.MixedSpec(task, Make.Few(trainer, 3)), table));
        IModel copied = ModelFile.Load(file);
        using var folder = new TempDirectory();

        IModel mapped = ModelFile.Load(Mapped(folder["m"], file));

        Assert.Equal(copied.Score(table).Scores, mapped.Score(table).Scores);
        Assert.Equal(Explained(copied), Explained(mapped));
        Assert.Equal(file, Make.Bytes(mapped));

        double[] Explained(IModel model)
        {
            Contributions all = ModelExplainer.Of(model).Explain(table, CancellationToken.None);
            return [.. Enumerable.Range(0, table.RowCount).SelectMany(row => all.Of(row, 0).ToArray())];
        }
    }

    [Fact]
    public void Load_MappedFile_HasItsTreesInPlace()
    {
        using var folder = new TempDirectory();

        TreeEnsemble trees = ((TreeModel)ModelFile.Load(Mapped(folder["m"], File))).Trees;

        Assert.Equal(0, trees.Nodes.HeldBytes + trees.Cover.HeldBytes + trees.Gain.HeldBytes + trees.Sets.HeldBytes);
        Assert.Equal(((TreeModel)ModelFile.Load(File)).Trees.Nodes, trees.Nodes);
        Assert.Throws<ArgumentOutOfRangeException>(() => trees.Nodes[trees.Nodes.Length]);
        Assert.Throws<ArgumentOutOfRangeException>(() => trees.Nodes[-1]);
    }

    [Fact]
    public void Load_MappedFileThatIsReplacedAndDeleted_StaysTheOneThatWasOpened()
    {
        Table table = Make.Mixed(400);
        using var folder = new TempDirectory();
        IModel mapped = ModelFile.Load(Mapped(folder["m"], File));

        System.IO.File.WriteAllBytes(folder["next"], new byte[File.Length]);
        System.IO.File.Move(folder["next"], folder["m"], overwrite: true);
        System.IO.File.Delete(folder["m"]);

        Assert.Equal(ModelFile.Load(File).Score(table).Scores, mapped.Score(table).Scores);
        Assert.Equal(File, Make.Bytes(mapped));
    }

    [Fact]
    public void Load_MappedFileWhoseSectionsAreNotAligned_CopiesThem()
    {
        byte[] odd = WithHeader("\"trainer\":\"gbdt\"", "\"trainer\":\"gbdt3\"");
        Table table = Make.Mixed(400);
        using var folder = new TempDirectory();

        var model = (TreeModel)ModelFile.Load(Mapped(folder["m"], odd));

        Assert.NotEqual(0, model.Trees.Nodes.HeldBytes);
        Assert.Equal(ModelFile.Load(File).Score(table).Scores, model.Score(table).Scores);
    }

    [Fact]
    public void Load_MappedFileChangedOrCutOffAnywhere_IsRefusedAsInMemory()
    {
        using var folder = new TempDirectory();
        Prop.ForAll(Gen.Zip(Gen.Choose(0, File.Length - 1), Gen.Elements(true, false)).ToArbitrary(), c =>
        {
            (int at, bool cutOff) = (Math.Max(1, c.Item1), c.Item2);
            byte[] damaged = cutOff ? File[..at] : [.. File];
            if (!cutOff)
                damaged[at] ^= 0x40;
            MlOpsException inMemory = Assert.Throws<MlOpsException>(() => ModelFile.Load(damaged));
            Assert.Equal(inMemory.Message, Assert.Throws<MlOpsException>(() => ModelFile.Load(Mapped(folder["m"], damaged))).Message);
        }).QuickCheckThrowOnFailure();
    }

    /// <summary>Attributes of the kernel are files with a size that no system maps.</summary>
    [SkippableFact]
    public void Of_FileThatTheSystemDoesNotMap_IsNull()
    {
        const string Attribute = "/sys/devices/system/cpu/online";
        Skip.IfNot(System.IO.File.Exists(Attribute), "there is no such file here");
        using SafeFileHandle handle = System.IO.File.OpenHandle(Attribute);

        Assert.Throws<IOException>(() => new MappedFile(handle, 1));
        Assert.Null(MappedFile.Of(handle, 1));
        Assert.Null(MappedFile.Of(handle, 0));
        Assert.Null(MappedFile.Of(handle, 1L << 31));
    }

    private static ReadOnlyMemory<byte> Mapped(string path, byte[] file)
    {
        System.IO.File.Delete(path);
        System.IO.File.WriteAllBytes(path, file);
        using SafeFileHandle handle = System.IO.File.OpenHandle(path);
        return new MappedFile(handle, file.Length).Memory;
    }

    /// <summary>A file whose checksum is right and whose header says something else at the first such place.</summary>
    private static byte[] WithHeader(string old, string with)
    {
        int length = BinaryPrimitives.ReadInt32LittleEndian(File.AsSpan(12));
        string header = Encoding.UTF8.GetString(File, 16, length);
        int at = header.IndexOf(old, StringComparison.Ordinal);
        Assert.True(at >= 0, $"{old} is not in {header}");
        byte[] changed = Encoding.UTF8.GetBytes(header[..at] + with + header[(at + old.Length)..]);
        byte[] file = [.. File[..16], .. changed, .. File[(16 + length)..]];
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(12), changed.Length);
        SHA256.HashData(file.AsSpan(..^32), file.AsSpan(^32..));
        return file;
    }

    [Fact]
    public void Read_Header_HoldsParametersWithDefaults()
    {
        ModelHeader header = ModelFile.Read(File).Header;
        Assert.Equal(("gbdt", "trees"), (header.Trainer, header.Kind));
        Assert.Equal((3, 6, 0.3), (header.Parameters["trees"], header.Parameters["depth"], header.Parameters["learningRate"]));
        Assert.Equal(400, header.Metadata["rows"]);
    }
}
