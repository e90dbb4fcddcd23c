using FsCheck;
using FsCheck.Fluent;
using MlOps.Domain.Rollout;
using MlOps.Domain.Rollout.Evidence;

namespace MlOps.Domain.Tests.Rollout;

public sealed class RolloutGuardTests
{
    private static readonly RolloutPolicy Policy = new() { Bake = TimeSpan.FromMinutes(10), MinRequests = 100, MaxErrorRateIncrease = 0.01, MaxLatencyRatio = 2, Deadline = TimeSpan.FromHours(1) };

    [Theory]
    [InlineData(100, 0, 100, 0, 9.9, RolloutVerdict.Wait)]
    [InlineData(100, 0, 100, 0, 10, RolloutVerdict.Pass)]
    [InlineData(99, 0, 1_000, 0, 30, RolloutVerdict.Wait)]
    [InlineData(99, 0, 1_000, 0, 60, RolloutVerdict.CannotMeasure)]
    [InlineData(100, 0, 99, 0, 60, RolloutVerdict.CannotMeasure)]
    [InlineData(0, 0, 0, 0, 60, RolloutVerdict.CannotMeasure)]
    [InlineData(100, 1, 100, 0, 10, RolloutVerdict.Pass)]
    [InlineData(100, 2, 100, 0, 1, RolloutVerdict.Breach)]
    [InlineData(100, 2, 100, 1, 10, RolloutVerdict.Pass)]
    [InlineData(100, 3, 100, 1, 10, RolloutVerdict.Breach)]
    [InlineData(9, 9, 1_000, 0, 1, RolloutVerdict.Wait)]
    [InlineData(10, 10, 1_000, 0, 1, RolloutVerdict.Breach)]
    [InlineData(20, 1, 1_000, 0, 1, RolloutVerdict.Wait)]
    [InlineData(20, 1, 0, 0, 1, RolloutVerdict.Wait)]
    [InlineData(20, 20, 0, 0, 1, RolloutVerdict.Breach)]
    public void Judge_ErrorsAndRequests_GivesTheVerdict(long requests, long errors, long championRequests, long championErrors, double minutes, RolloutVerdict verdict) =>
        Assert.Equal(verdict, RolloutGuard.Judge(Policy, 10, Numbers(requests, errors), Numbers(championRequests, championErrors), TimeSpan.FromMinutes(minutes)).Verdict);

    [Theory]
    [InlineData(19.9, 10, RolloutVerdict.Pass)]
    [InlineData(20.1, 10, RolloutVerdict.Breach)]
    [InlineData(4, 0.1, RolloutVerdict.Pass)]
    [InlineData(5.2, 0.1, RolloutVerdict.Breach)]
    public void Judge_Latency_ComparesRatioAndDifference(double p95, double champion, RolloutVerdict verdict) =>
        Assert.Equal(verdict, RolloutGuard.Judge(Policy, 10, Numbers(100, 0, p95), Numbers(100, 0, champion), TimeSpan.FromMinutes(10)).Verdict);

    [Fact]
    public void Judge_ABreach_SaysTheNumbersAndTheLimit() =>
        Assert.Equal(
            "30 of 100 requests failed (30.00 %), the champion's 1 of 200 (0.50 %); allowed is 1.00 % more",
            RolloutGuard.Judge(Policy, 10, Numbers(100, 30), Numbers(200, 1), TimeSpan.Zero).Reason);

    [Theory]
    [InlineData(10, 100)]
    [InlineData(50, 100)]
    [InlineData(80, 25)]
    [InlineData(100, 1)]
    public void ChampionNeeds_ByShare_IsWhatComesMeanwhile(double percent, long needs) => Assert.Equal(needs, ChampionReference.Needs(Policy.MinRequests, percent));

    [Fact]
    public void Judge_WithTooLittleOfAnything_NeverPasses() =>
        Prop.ForAll(Some.ToArbitrary(), s =>
        {
            RolloutVerdict verdict = RolloutGuard.Judge(Policy, s.Percent, Numbers(s.Requests, s.Errors), Numbers(s.Champion, 0), TimeSpan.FromMinutes(s.Minutes)).Verdict;
            bool enough = s.Requests >= 100 && s.Champion >= ChampionReference.Needs(Policy.MinRequests, s.Percent) && s.Minutes >= 10;
            return enough || verdict != RolloutVerdict.Pass;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));

    private static Gen<(long Requests, long Errors, long Champion, int Percent, int Minutes)> Some =>
        from requests in Gen.Choose(0, 300)
        from errors in Gen.Choose(0, 300)
        from champion in Gen.Choose(0, 300)
        from percent in Gen.Choose(1, 100)
        from minutes in Gen.Choose(0, 70)
        select ((long)requests, (long)Math.Min(errors, requests), (long)champion, percent, minutes);

    private static TrafficNumbers Numbers(long requests, long errors, double? p95 = 1) => new(requests, errors, 0, p95, requests > errors ? p95 : null, p95);
}
