using MlOps.Learning.Trainers;

namespace MlOps.MlNet.Tests;

/// <summary>What a family says it will need before any data is read.</summary>
public sealed class SizeTests
{
    private static readonly TrainingShape Plain = new(1_000_000, 20, 2, 20, 0, 0, 1);

    public static TheoryData<string> Families => [.. Fits.Families];

    [Theory]
    [MemberData(nameof(Families))]
    public void WorkingBytes_OfManyLevels_AreMore(string family) =>
        Assert.True(Bytes(family, Plain with { Levels = 1_000_000 }) > Bytes(family, Plain) + (15L << 20));

    [Theory]
    [MemberData(nameof(Families))]
    public void WorkingBytes_OfText_GrowWithTheWordsThatAreKeptAndWithItsLength(string family)
    {
        TrainingShape texts = Plain with { Texts = 1, TextChars = 500_000_000 };

        Assert.True(Bytes(family, texts) > Bytes(family, Plain) + (1L << 30));
        Assert.True(Bytes(family, texts, ("textNgrams", "1000000")) > Bytes(family, texts) + (200L << 20));
        Assert.True(Bytes(family, texts with { TextChars = 5_000_000_000 }) > 3 * Bytes(family, texts));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void WorkingBytes_OfFewNumbers_AreNotFarAboveTheRowsThemselves(string family) =>
        Assert.InRange(Bytes(family, Plain with { Categories = 0, Levels = 0 }), Plain.Rows * 20 * 8, 6 * Plain.Rows * 20 * 8);

    [Theory]
    [MemberData(nameof(Families))]
    public void Unstoppable_IsGamAlone_AndGrowsWithPassesColumnsRowsAndClasses(string family)
    {
        TimeSpan? one = Time(family, Plain);

        Assert.Equal(family == "mlnet.gam", one is not null);
        if (one is not { } time)
            return;
        Assert.InRange(time, TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(60));
        Assert.Equal(3, Ratio(Time(family, Plain with { Outputs = 3 })), 3);
        Assert.Equal(2, Ratio(Time(family, Plain with { Rows = 2_000_000 })), 3);
        Assert.Equal((80 + 4) / (40 + 4.0), Ratio(Time(family, Plain with { Levels = 60 })), 3);
        Assert.Equal(0.5, Ratio(Time(family, Plain, ("iterations", "1000"))), 3);
        Assert.True(Time(family, Plain with { Rows = long.MaxValue / 1_000, Levels = 1_000_000 }) > TimeSpan.FromDays(1_000));
        double Ratio(TimeSpan? other) => other!.Value / time;
    }

    private static long Bytes(string family, TrainingShape shape, params (string Name, string Value)[] given)
    {
        ITrainer trainer = Fits.Catalog.Get(family);
        return trainer.WorkingBytes(shape, TrainerParameters.Parse(trainer, given.ToDictionary(g => g.Name, g => g.Value)));
    }

    private static TimeSpan? Time(string family, TrainingShape shape, params (string Name, string Value)[] given)
    {
        ITrainer trainer = Fits.Catalog.Get(family);
        return trainer.Unstoppable(shape, TrainerParameters.Parse(trainer, given.ToDictionary(g => g.Name, g => g.Value)));
    }
}
