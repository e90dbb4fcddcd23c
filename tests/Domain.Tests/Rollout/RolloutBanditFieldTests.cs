using MlOps.Domain.Rollout;
using MlOps.Learning.Statistics;

namespace MlOps.Domain.Tests.Rollout;

/// <summary>
/// Whole steps of bandits of several versions, over units with many requests that are rewarded, and fail, together. Seeded: the same ones every time. So few
/// as there is time for: what is false among them is bounded by the exact binomial.
/// </summary>
public sealed class RolloutBanditFieldTests
{
    private const int Looks = 15;

    private static readonly RolloutPolicy Policy = new()
    {
        Strategy = RolloutStrategy.Bandit,
        Reward = RolloutReward.Given,
        Others = [3],
        Share = 66,
        Floor = 10,
        Bake = TimeSpan.Zero,
    };

    private static readonly RolloutPolicy NoWorse = Policy with { MaxErrorRateIncrease = 0 };

    [Theory]
    [InlineData(60, 100, 0.8, 0.2)]
    [InlineData(25, 100, 0.5, 0)]
    public void Bandit_OfEqualVersionsUnderUnitsWithManyRequests_IsWronglyDecidedAtMostAsOftenAsAllowed(int units, int requests, double alike, double rhythm)
    {
        // As bad as allowed by its guardrails, too. 95 of 100 times there would be more of them, were the chance above alpha.
        SimulatedEnd[] ends = Ends(150, new([0, 0], units, requests, alike, rhythm, [0.3, 0.3]), policy: NoWorse);

        int wrong = ends.Count(e => e.Verdict != RolloutVerdict.Wait || e.Outs.Count > 0);
        Assert.True(Proportions.AtLeast(ends.Length - wrong, ends.Length, 1 - Policy.Alpha) <= 0.05, $"{wrong} of {ends.Length}");
    }

    [Fact]
    public void Bandit_ThatTakesEachRequestForAUnit_IsWronglyDecidedFarMoreOften() =>
        Assert.InRange(Ends(40, new([0, 0], 60, 100, 0.8), byUnit: false).Count(e => e.Outs.Count > 0 || e.Winner is not null), 8, 40);

    [Fact]
    public void Bandit_WhereOneVersionIsBetter_PromotesItAndDropsNoneThatIsAsGood()
    {
        SimulatedEnd[] ends = Ends(20, new([0, 0.4], 1_000, 500, 0.1, 0.1), looks: 40, Policy with { MaxErrorRateIncrease = 0.05 });

        Assert.InRange(ends.Count(e => e is { Verdict: RolloutVerdict.Pass, Winner: 3 }), 18, 20);
        Assert.DoesNotContain(ends, e => e.Winner == 2 || e.Outs.Contains(3));
    }

    [Fact]
    public void Bandit_OfWhichOneVersionFailsMore_DropsThatOneAndGoesOn()
    {
        SimulatedEnd[] ends = Ends(20, new([0, 0], 4_000, 1_500, 0, Failing: [0.3, 1]), looks: 10, NoWorse);

        Assert.InRange(ends.Count(e => e.Outs is [3]), 18, 20);
        Assert.All(ends, e => Assert.Equal(RolloutVerdict.Wait, e.Verdict));
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(0.3, true)]
    public void Bandit_ThatLosesUnitsOfOneVersion_IsRolledBackForIt(double lost, bool mismatch)
    {
        SimulatedEnd[] ends = Ends(20, new([0, 0], 20_000, 3_000, 0, Lost: lost), looks: 6);

        Assert.InRange(ends.Count(e => e.Verdict == RolloutVerdict.CannotMeasure && e.Reason.StartsWith("sample ratio mismatch", StringComparison.Ordinal)), mismatch ? 19 : 0, mismatch ? 20 : 0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Bandit_ThatIsPausedOrFrozen_KeepsItsSharesAndIsDecidedLater(bool isPaused)
    {
        RolloutPolicy policy = isPaused ? Policy : Policy with { Freeze = ["mon 00:04 - mon 00:16"] };

        foreach (SimulatedEnd end in Ends(10, new([0, 0.4], 1_000, 300, 0.1), looks: 40, policy with { Bake = TimeSpan.FromMinutes(20), MaxErrorRateIncrease = 0.05 }, isPaused ? look => look is >= 4 and < 16 : null))
        {
            // From minute 4 to 16 what it had at minute 4; what is shown to be worse goes all the same.
            string[] held = [.. end.Traffic.Skip(3).Take(13).Distinct()];
            Assert.True(end.Traffic.Count > 16, end.Reason);
            Assert.All(held, t => Assert.Equal(ShareOf(3, end.Traffic[3]), ShareOf(3, t)));
            Assert.InRange(held.Length, 1, 2);
            Assert.Equal((RolloutVerdict.Pass, 3), (end.Verdict, end.Winner));
        }
    }

    private static string ShareOf(int version, string traffic) => traffic.Split(", ").Single(t => t.StartsWith($"version {version}:", StringComparison.Ordinal));

    private static SimulatedEnd[] Ends(int seeds, SimulatedUnits world, int looks = Looks, RolloutPolicy? policy = null, Predicate<int>? paused = null, bool byUnit = true) =>
        [.. Enumerable.Range(0, seeds).Select(seed => new SimulatedBandit(policy ?? Policy, world, (ulong)seed, byUnit).Run(looks, paused))];
}
