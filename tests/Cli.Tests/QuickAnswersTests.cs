using MlOps.Server.Direct;

namespace MlOps.Cli.Tests;

public sealed class QuickAnswersTests
{
    private readonly QuickAnswers _answers = new();
    private long _now = 1;

    [Fact]
    public void AreQuick_WhereOneInTenIsLong_StaysTrue()
    {
        for (int i = 0; i < 1_000; i++)
            Took(i % 10 == 0 ? 50 : 0);

        Assert.True(_answers.AreQuick(_now));
    }

    [Fact]
    public void AreQuick_AfterTwoLongOnes_IsFalseForASecond()
    {
        Took(10);
        Assert.True(_answers.AreQuick(_now));
        Took(10);

        Assert.False(_answers.AreQuick(_now));
        Assert.False(_answers.AreQuick(_now + 999));
        Assert.True(_answers.AreQuick(_now + 1_000));
    }

    private void Took(long milliseconds) => _answers.Took(_now, _now += milliseconds);
}
