using MlOps.Server.Direct;

namespace MlOps.Cli.Tests;

public sealed class QuickAnswersTests
{
    private readonly QuickAnswers _answers = new();
    private long _now = 1;

    [Fact]
    public void AreQuick_WhereLongOnesAreRare_StaysTrue()
    {
        for (int i = 0; i < 1_000; i++)
        {
            Took(12);
            _now += 200;
        }

        Assert.True(_answers.AreQuick(_now));
    }

    [Fact]
    public void AreQuick_WhereAThirdIsLong_IsFalseForASecond()
    {
        for (int i = 0; i < 3; i++)
        {
            Assert.True(_answers.AreQuick(_now));
            Took(1);
            Took(1);
            Took(15);
        }

        Assert.False(_answers.AreQuick(_now + 990));
        Assert.True(_answers.AreQuick(_now + 1_000));
    }

    [Fact]
    public void AreQuick_AfterOneThatTookVeryLong_IsFalseTwentyTimesAsLong()
    {
        Took(2_000);

        Assert.False(_answers.AreQuick(_now + 39_999));
        Assert.True(_answers.AreQuick(_now + 40_000));
    }

    [Fact]
    public void AreQuick_WhileThePoolsAnswersAreLong_StaysFalse()
    {
        for (int i = 0; i < 100; i++)
        {
            Took(100);
            Assert.False(_answers.AreQuick(_now));
        }
    }

    private void Took(long milliseconds) => _answers.Took(_now, _now += milliseconds);
}
