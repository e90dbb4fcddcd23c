using FsCheck;
using FsCheck.Fluent;
using MlOps.Domain.Serving;

namespace MlOps.Domain.Tests.Serving;

public sealed class StickinessTests
{
    /// <summary>Stored states mean the same in every release: if one of these changes, users change versions.</summary>
    [Theory]
    [InlineData("", "", 2267)]
    [InlineData("churn", "user-1", 8732)]
    [InlineData("churn", "user-2", 6333)]
    [InlineData("rollout-7", "Zoë 漢字", 9877)]
    public void Of_KnownUnits_GivesTheBucketsOfEveryRelease(string salt, string unit, int bucket) =>
        Assert.Equal(bucket, StickyBucket.Of(salt, unit));

    [Fact]
    public void VersionFor_ARaisedCanary_NeverMovesAUnitBack() =>
        Prop.ForAll(Shares.ToArbitrary(), ArbMap.Default.ArbFor<NonNull<string>>(), ArbMap.Default.ArbFor<NonNull<string>>(), (shares, salt, unit) =>
        {
            int before = Of(salt.Get, Math.Min(shares.A, shares.B)).VersionFor(unit.Get)!.Value;
            int after = Of(salt.Get, Math.Max(shares.A, shares.B)).VersionFor(unit.Get)!.Value;
            return before == 1 || after == 2;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));

    private static Gen<(int A, int B)> Shares => Gen.Choose(0, StickyBucket.Count).Two().Select(p => (p.Item1, p.Item2));

    [Fact]
    public void VersionFor_TheSameUnit_IsAlwaysTheSame() =>
        Prop.ForAll<NonNull<string>, NonNull<string>, PositiveInt>((salt, unit, share) =>
        {
            Endpoint endpoint = Of(salt.Get, share.Get % StickyBucket.Count);
            return endpoint.VersionFor(unit.Get) == endpoint.VersionFor(new string(unit.Get));
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("user-{0}")]
    [InlineData("{0}")]
    [InlineData("0000000000000000000000000{0:D7}")]
    public void Of_ManySimilarUnits_SpreadsThemEvenly(string format)
    {
        const int Units = 100_000;
        int[] cells = new int[100];
        for (int i = 0; i < Units; i++)
            cells[StickyBucket.Of("salt", string.Format(System.Globalization.CultureInfo.InvariantCulture, format, i)) / 100]++;

        // 99 degrees of freedom: chi-square above 160 has a chance of 1 in 10,000.
        double expected = Units / 100.0;
        Assert.InRange(cells.Sum(c => (c - expected) * (c - expected) / expected), 50, 160);
    }

    [Fact]
    public void Of_AnotherSalt_PicksOtherUnits()
    {
        int both = Enumerable.Range(0, 10_000).Count(i => StickyBucket.Of("a", $"u{i}") < 1_000 && StickyBucket.Of("b", $"u{i}") < 1_000);

        Assert.InRange(both, 50, 150);
    }

    [Fact]
    public void VersionFor_SharesOfThree_AreHeld()
    {
        var endpoint = new Endpoint("m", [new(1, 5_000), new(2, 3_000), new(3, 2_000)], "s", 1, null, default);

        var counts = Enumerable.Range(0, 20_000).CountBy(i => endpoint.VersionFor($"unit-{i}")!.Value).ToDictionary();

        Assert.InRange(counts[1], 9_700, 10_300);
        Assert.InRange(counts[2], 5_700, 6_300);
        Assert.InRange(counts[3], 3_700, 4_300);
    }

    private static Endpoint Of(string salt, int canary) => new("m", TrafficSplit.Canary(1, 2, canary), salt, 1, null, default);
}
