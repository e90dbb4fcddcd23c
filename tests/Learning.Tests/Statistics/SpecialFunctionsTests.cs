using MlOps.Learning.Statistics;

namespace MlOps.Learning.Tests.Statistics;

/// <summary>Expected values: scipy 1.10.1.</summary>
public class SpecialFunctionsTests
{
    [Theory]
    [InlineData(0.5, 0.1, 0.6547208460185768)]
    [InlineData(0.5, 20, 2.5396285894708634e-10)]
    [InlineData(1, 1, 0.36787944117144245)]
    [InlineData(5, 3, 0.8152632445237722)]
    [InlineData(5, 12, 0.007600390681066992)]
    [InlineData(50, 40, 0.9296649333406051)]
    [InlineData(50, 80, 0.0001307839765914092)]
    [InlineData(500, 600, 1.2255942330622893e-05)]
    [InlineData(0.5, 300, 1.674167984691805e-132)]
    public void Gamma_EqualsScipy(double a, double x, double q) =>
        Assert.Equal(1, SpecialFunctions.GammaQ(a, x) / q, 1e-11);

    [Fact]
    public void Gamma_Ends_AreZeroAndOne()
    {
        Assert.Equal(1, SpecialFunctions.GammaQ(3, 0));
        Assert.Equal(0, SpecialFunctions.GammaQ(3, double.PositiveInfinity));
    }

    [Theory]
    [InlineData(0.1, 2.252712651734206)]
    [InlineData(0.5, 0.5723649429247)]
    [InlineData(1.5, -0.12078223763524526)]
    [InlineData(5, 3.1780538303479458)]
    [InlineData(100.25, 360.28455963776423)]
    [InlineData(1e6, 12815504.569147611)]
    public void LogGamma_EqualsScipy(double x, double expected) => Assert.Equal(1, SpecialFunctions.LogGamma(x) / expected, 1e-12);

    [Theory]
    [InlineData(-8, 6.22096057427174e-16)]
    [InlineData(-3, 0.0013498980316300933)]
    [InlineData(-1, 0.15865525393145707)]
    [InlineData(0, 0.5)]
    [InlineData(0.5, 0.6914624612740131)]
    [InlineData(1.96, 0.9750021048517795)]
    public void NormalTail_OfMinusX_IsScipysCdf(double x, double expected) => Assert.Equal(1, SpecialFunctions.NormalTail(-x) / expected, 1e-12);

    [Fact]
    public void NormalTail_FarOut_KeepsRelativeAccuracy() => Assert.Equal(1, SpecialFunctions.NormalTail(6) / 9.865876450376946e-10, 1e-12);
}
