namespace MlOps.Domain.Tests;

public sealed class DurationTextTests
{
    [Theory]
    [InlineData(0, "0 s")]
    [InlineData(0.2512, "0.25 s")]
    [InlineData(9.996, "10 s")]
    [InlineData(66.66, "1 min 7 s")]
    [InlineData(119.9, "2 min")]
    [InlineData(3_599.7, "1 h")]
    [InlineData(9_000, "2 h 30 min")]
    [InlineData(187_000, "2 d 4 h")]
    [InlineData(86_399.9, "1 d")]
    [InlineData(1e8, "1,157 d 10 h")]
    public void Of_ATime_IsItsTwoLargestUnits(double seconds, string told) => Assert.Equal(told, DurationText.Of(TimeSpan.FromSeconds(seconds)));
}
