using MlOps.Server;

namespace MlOps.Cli.Tests;

public sealed class PoolRoomTests
{
    private const int BeatMs = 10;

    private readonly PoolRoom _room = new(1, 4, TimeSpan.FromMilliseconds(BeatMs));
    private double _ms;
    private long _completed;

    [Fact]
    public void Threads_WhileWorkIsDone_StayAsFewAsTheyAre()
    {
        for (int i = 0; i < 1_000; i++)
            Beat(done: 1, pending: 50);

        Assert.Equal(1, _room.Threads);
    }

    [Fact]
    public void Threads_WhileNothingWaits_StayAsFewAsTheyAre()
    {
        for (int i = 0; i < 1_000; i++)
            Beat(done: 0, pending: 0);

        Assert.Equal(1, _room.Threads);
    }

    [Fact]
    public void Threads_WhenWorkStandsStillForTwoBeats_AreOneMore_UpToTheLimit()
    {
        Beat(done: 1, pending: 1);
        Beat(done: 0, pending: 1);
        Assert.Equal(1, _room.Threads);
        Beat(done: 0, pending: 1);
        Assert.Equal(2, _room.Threads);
        for (int i = 0; i < 20; i++)
            Beat(done: 0, pending: 1);

        Assert.Equal(4, _room.Threads);
    }

    [Fact]
    public void Threads_AfterTheWholeProcessStoodStill_AreNoMore()
    {
        Beat(done: 1, pending: 1);
        for (int i = 0; i < 10; i++)
            Beat(done: 0, pending: 1, ms: 90);

        Assert.Equal(1, _room.Threads);
    }

    [Fact]
    public void Threads_WhenABeatBetweenIsLate_AreOneMoreByThoseThatAreNot()
    {
        Beat(done: 1, pending: 1);
        Beat(done: 0, pending: 1);
        Beat(done: 0, pending: 1, ms: 90);
        Assert.Equal(1, _room.Threads);
        Beat(done: 0, pending: 1);

        Assert.Equal(2, _room.Threads);
    }

    [Fact]
    public void Next_WhenNothingIsDoneForAWhile_IsLonger_AndShortAgainWithTheFirstWork()
    {
        Beat(done: 1, pending: 0);
        Assert.Equal(BeatMs, _room.Next.TotalMilliseconds);
        for (int i = 0; i < 50; i++)
            Beat(done: 0, pending: 0);
        Assert.Equal(10 * BeatMs, _room.Next.TotalMilliseconds);

        Beat(done: 0, pending: 1, ms: 10 * BeatMs);

        Assert.Equal(BeatMs, _room.Next.TotalMilliseconds);
    }

    [Fact]
    public void Threads_WhenNothingStandsStillForASecond_AreAsFewAsBefore()
    {
        Stall();
        int beats = BeatsUntilFew();

        Assert.InRange(beats, 100, 101);
    }

    [Fact]
    public void Threads_ThatAreNeededAgainAtOnce_StayTwiceAsLong_AndNotForEver()
    {
        var held = new List<int>();
        for (int i = 0; i < 8; i++)
        {
            Stall();
            held.Add(BeatsUntilFew() / 100);
        }

        Assert.Equal([1, 2, 4, 8, 16, 16, 16, 16], held);
    }

    [Fact]
    public void Threads_ThatAreNeededAgainAfterAWhile_StayForASecond()
    {
        Stall();
        BeatsUntilFew();
        for (int i = 0; i < 200; i++)
            Beat(done: 1, pending: 1);
        Stall();

        Assert.InRange(BeatsUntilFew(), 100, 101);
    }

    private void Stall()
    {
        Beat(done: 1, pending: 1);
        while (_room.Threads == 1)
            Beat(done: 0, pending: 1);
    }

    private int BeatsUntilFew()
    {
        int beats = 0;
        for (; _room.Threads > 1; beats++)
            Beat(done: 1, pending: 1);
        return beats;
    }

    private void Beat(int done, int pending, int ms = BeatMs)
    {
        _ms += ms;
        _completed += done;
        _room.Beat(TimeSpan.FromMilliseconds(_ms), _completed, pending);
    }
}
