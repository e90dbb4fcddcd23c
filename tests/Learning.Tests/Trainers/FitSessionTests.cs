using FsCheck;
using FsCheck.Fluent;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;
using MlOps.Learning.Trainers.Boosting;

namespace MlOps.Learning.Tests.Trainers;

public sealed class FitSessionTests
{
    private static readonly IResumableTrainer Gbdt = (IResumableTrainer)TrainerCatalog.Default.Get("gbdt");
    private static readonly Table Few = Make.Mixed(300), Watched = Make.Mixed(120, 2);
    private static readonly TrainingSpec Short = Make.MixedSpec(LearningTask.Binary, ("trees", 6), ("depth", 3));

    [Fact]
    public void Run_CutIntoAnyPieces_EndsWithTheBytesAndTheLossesOfOneGo() => Prop.ForAll(Gen.Choose(1, 1_000_000).ToArbitrary(), seed =>
    {
        var random = new SeededRandom((ulong)seed);
        TrainingSpec spec = AnySpec(random);
        Table training = Make.Mixed(40 + random.Next(400), (ulong)seed);
        Table? validation = random.Next(4) == 0 ? null : Make.Mixed(30 + random.Next(100), (ulong)seed + 1);
        List<TrainingProgress> whole = [], last = [];
        IModel once = Gbdt.Fit(spec, training, validation, new Collector(whole), default);

        byte[] checkpoint = [];
        IModel? model = null;
        while (model is null)
        {
            last = [];
            IFitSession session = Gbdt.Begin(spec with { Threads = 1 + random.Next(3) }, training, validation, checkpoint, default);
            model = session.Run(() => random.Next(4) == 0, new Collector(last));
            if (model is null && random.Next(3) == 0)
                model = session.Run(() => random.Next(4) == 0, new Collector(last));
            checkpoint = model is null ? session.Checkpoint()! : [];
        }

        Assert.Equal(Make.Bytes(once), Make.Bytes(model));
        Assert.Equal(whole, last);
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(60));

    [Fact]
    public void Run_AskedToPauseAlways_IteratesOnceACall()
    {
        IFitSession session = Gbdt.Begin(Short, Few, null, default, default);
        int calls = 1;
        while (session.Run(() => true, null) is null)
            calls++;
        Assert.Equal(6, calls);
    }

    [Fact]
    public void Begin_DamagedCheckpoint_BeginsAnew()
    {
        byte[] checkpoint = Halfway(Short, Few, Watched);
        Assert.Equal(3, FirstReports(Short, Few, Watched, checkpoint));
        Prop.ForAll(Gen.Choose(0, checkpoint.Length - 1).ToArbitrary(), at =>
        {
            byte[] damaged = [.. checkpoint];
            damaged[at] ^= 0x10;
            Assert.Equal(0, FirstReports(Short, Few, Watched, damaged));
            Assert.Equal(0, FirstReports(Short, Few, Watched, checkpoint.AsMemory(0, at)));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Begin_CheckpointOfAnotherFit_BeginsAnew()
    {
        byte[] checkpoint = Halfway(Short, Few, Watched);
        var otherLearningRate = Make.MixedSpec(LearningTask.Binary, ("trees", 6), ("depth", 3), ("learningRate", 0.2));
        Table scaled = Few.With(new NumberColumn("a", [.. ((NumberColumn)Few["a"]).Values.ToArray().Select(v => v * 2)]));
        Assert.Equal(0, FirstReports(otherLearningRate, Few, Watched, checkpoint));
        Assert.Equal(0, FirstReports(Short with { Seed = 7 }, Few, Watched, checkpoint));
        Assert.Equal(0, FirstReports(Short with { Features = ["a", "b", "c", "e", "d"] }, Few, Watched, checkpoint));
        Assert.Equal(0, FirstReports(Short, scaled, Watched, checkpoint));
        Assert.Equal(0, FirstReports(Short, Make.Mixed(300, 5), Watched, checkpoint));
        Assert.Equal(0, FirstReports(Short, Few, Make.Mixed(120, 5), checkpoint));
        Assert.Equal(0, FirstReports(Short, Few, null, checkpoint));
        Assert.Equal(0, FirstReports(Short, Few, Watched, Make.Bytes(Make.Fit("gbdt", Short, Few))));
        Assert.Equal(3, FirstReports(Short with { Threads = 2 }, Few, Watched, checkpoint));
    }

    [Fact]
    public void Begin_CheckpointWhoseTreesLeadOutOfThem_BeginsAnew()
    {
        byte[] checkpoint = Halfway(Short, Few, Watched);
        Assert.Equal(3, FirstReports(Short, Few, Watched, Changed<double>(checkpoint, "start", _ => { })));

        Assert.Equal(0, FirstReports(Short, Few, Watched, Changed<TreeNode>(checkpoint, "nodes", nodes => nodes[0] = nodes[0] with { Left = nodes.Length + 7 })));
        Assert.Equal(0, FirstReports(Short, Few, Watched, Changed<TreeNode>(checkpoint, "nodes", nodes => nodes[0] = nodes[0] with { Feature = 99 })));
        Assert.Equal(0, FirstReports(Short, Few, Watched, Changed<int>(checkpoint, "roots", roots => roots[^1] = -1)));
    }

    /// <summary>A checkpoint of the same fit with one section changed.</summary>
    private static byte[] Changed<T>(byte[] checkpoint, string section, Action<T[]> change)
        where T : unmanaged
    {
        ModelContent content = ModelFile.Read(checkpoint);
        T[] values = content.Get<T>(section);
        change(values);
        var changed = new ModelContent(content.Header);
        foreach ((string name, string type, ReadOnlyMemory<byte> bytes) in content.Sections)
        {
            if (name == section)
                changed.Add<T>(name, values);
            else
                changed.AddRaw(new ModelSection(name, type, 0, bytes.Length), bytes);
        }

        using var file = new MemoryStream();
        ModelFile.Write(changed, file);
        return file.ToArray();
    }

    [Fact]
    public void Load_Checkpoint_IsNoModel() =>
        Assert.Contains("kind 'trees-unfinished'", Assert.Throws<MlOpsException>(() => ModelFile.Load(Halfway(Short, Few, null))).Message, StringComparison.Ordinal);

    private static TrainingSpec AnySpec(SeededRandom random)
    {
        var spec = Make.MixedSpec(
            (LearningTask)random.Next(3), ("trees", 1 + random.Next(12)), ("depth", 1 + random.Next(4)), ("bins", 2 + random.Next(60)),
            ("leaves", random.Next(2) * 5), ("subsample", Share(random)), ("columnSample", Share(random)), ("earlyStop", random.Next(2) * random.Next(4)),
            ("learningRate", 0.1 + random.NextDouble() * 0.9), ("minChildWeight", random.Next(3)));
        return spec with { Seed = random.NextUInt64() };
    }

    private static double Share(SeededRandom random) => random.Next(2) == 0 ? 1 : 0.3 + (random.NextDouble() * 0.6);

    private static byte[] Halfway(TrainingSpec spec, Table training, Table? validation)
    {
        IFitSession session = Gbdt.Begin(spec, training, validation, default, default);
        int rounds = 0;
        Assert.Null(session.Run(() => ++rounds == 3, new Collector([])));
        return session.Checkpoint()!;
    }

    /// <summary>The rounds that the session had when it began.</summary>
    private static int FirstReports(TrainingSpec spec, Table training, Table? validation, ReadOnlyMemory<byte> checkpoint)
    {
        var reports = new List<TrainingProgress>();
        Gbdt.Begin(spec, training, validation, checkpoint, default).Run(() => true, new Collector(reports));
        return reports.Count - 1;
    }

    private sealed class Collector(List<TrainingProgress> reports) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => reports.Add(value);
    }
}
