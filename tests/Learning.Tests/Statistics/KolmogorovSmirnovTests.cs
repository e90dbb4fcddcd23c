using FsCheck;
using FsCheck.Fluent;
using MlOps.Learning.Statistics;

namespace MlOps.Learning.Tests.Statistics;

public class KolmogorovSmirnovTests
{
    [Theory]
    [InlineData(5, 7, 0.2, 0.5142857142857142, 0.3282828282828283)]
    [InlineData(20, 30, 0.3, 0.36666666666666664, 0.06610471842752416)]
    [InlineData(100, 80, 0.15, 0.165, 0.15981979431122453)]
    [InlineData(300, 300, 0.1, 0.10666666666666667, 0.06580849821915531)]
    [InlineData(1000, 500, 0.03, 0.035, 0.8046144182985151)]
    [InlineData(2000, 3000, 0.2, 0.20233333333333334, 1.9845227491829393e-43)]
    [InlineData(1000, 10000, 0.02, 0.0217, 0.7784099348490694)]
    public void Test_SmallSamples_EqualScipyExact(int n, int m, double shift, double statistic, double p)
    {
        KolmogorovSmirnovResult result = KolmogorovSmirnov.Test(Samples.A(n).Sorted(), Samples.B(m, shift).Sorted());
        Assert.True(result.Exact);
        Assert.Equal(statistic, result.Statistic, 1e-12);
        Assert.Equal(1, result.PValue / p, 1e-9);
    }

    [Theory]
    [InlineData(12000, 50, 0.1, 0.12791666666666657, 0.35605491001695844)]
    [InlineData(12000, 100, 0.1, 0.11391666666666667, 0.14164329871797943)]
    [InlineData(12000, 11000, 0.01, 0.010424242424242447, 0.5573927357580692)]
    [InlineData(20000, 15000, 0.005, 0.005616666666666714, 0.948287584351813)]
    [InlineData(20000, 150, 0.02, 0.02189999999999992, 0.9999987701463292)]
    [InlineData(12000, 9000, 0.05, 0.05047222222222225, 7.95461340086079e-12)]
    public void Test_LargeSamples_EqualScipyAsymptotic(int n, int m, double shift, double statistic, double p)
    {
        KolmogorovSmirnovResult result = KolmogorovSmirnov.Test(Samples.A(n).Sorted(), Samples.B(m, shift).Sorted());
        Assert.False(result.Exact);
        Assert.Equal(statistic, result.Statistic, 1e-12);
        Assert.Equal(1, result.PValue / p, 1e-5);
    }

    [Theory]
    [InlineData(1, 0.6, 0.8)]
    [InlineData(5, 0.1, 1)]
    [InlineData(5, 0.3, 0.664)]
    [InlineData(5, 0.9, 2e-05)]
    [InlineData(50, 0.05, 0.9990238098461883)]
    [InlineData(50, 0.1, 0.6623112704658186)]
    [InlineData(50, 0.2, 0.03143877776953241)]
    [InlineData(140, 0.05, 0.857648029765611)]
    [InlineData(140, 0.1, 0.11353657290090946)]
    [InlineData(140, 0.16, 0.0013440163244194184)]
    [InlineData(141, 0.05, 0.8548456930096628)]
    [InlineData(141, 0.1, 0.11128445516467944)]
    [InlineData(141, 0.124, 0.02389925467524623)]
    [InlineData(500, 0.02, 0.9859871786857471)]
    [InlineData(500, 0.06, 0.05243463489026223)]
    [InlineData(5000, 0.01, 0.6954557253913853)]
    [InlineData(5000, 0.02, 0.03613941395325637)]
    [InlineData(100000, 0.002, 0.8178408363081542)]
    [InlineData(100000, 0.01, 4.093278023549254e-09)]
    [InlineData(500000, 0.0015, 0.21034190155828947)]
    [InlineData(500000, 0.003, 0.00024632301239186754)]
    public void Tail_EqualsScipyKstwo(long n, double d, double expected) => Assert.Equal(1, KolmogorovLaw.Tail(n, d) / expected, 1e-6);

    [Fact]
    public void Test_TiedValues_EqualsScipy()
    {
        double[] a = [.. Samples.A(200).Select(x => Math.Floor(x * 5)).Order()];
        double[] b = [.. Samples.B(150, 0.1).Select(x => Math.Floor(x * 5)).Order()];
        KolmogorovSmirnovResult result = KolmogorovSmirnov.Test(a, b);
        Assert.Equal(0.09333333333333334, result.Statistic, 1e-12);
        Assert.Equal(1, result.PValue / 0.42212495558904584, 1e-9);
    }

    [Fact]
    public void Test_SameConstant_IsNoDifference() =>
        Assert.Equal(new KolmogorovSmirnovResult(0, 1, true), KolmogorovSmirnov.Test([3, 3, 3], [3, 3]));

    [Fact]
    public void Test_Disjoint_IsTheChanceOfTheTwoExtremeOrders()
    {
        KolmogorovSmirnovResult result = KolmogorovSmirnov.Test([1, 2, 3], [4, 5, 6]);
        Assert.Equal(1, result.Statistic);
        Assert.Equal(2.0 / 20, result.PValue, 1e-14);
    }

    [Fact]
    public void Test_EmptySide_IsAnError() => Assert.Throws<ArgumentException>(() => KolmogorovSmirnov.Test([], [1]));

    // Small sizes cross the borders between the vector loop and its rest in every way.
    [Fact]
    public void ExactTail_AnySizes_EqualsThePlainRecurrence() => Prop.ForAll(Sizes(), size =>
        Math.Abs((KolmogorovSmirnov.ExactTail(size.N, size.M, size.Height) / Plain(size.N, size.M, size.Height)) - 1) < 1e-12).QuickCheckThrowOnFailure();

    [Fact]
    public void Test_SidesSwapped_DoesNotChange() => Prop.ForAll(Sizes(), size =>
        Math.Abs((KolmogorovSmirnov.ExactTail(size.N, size.M, size.Height) / KolmogorovSmirnov.ExactTail(size.M, size.N, size.Height)) - 1) < 1e-12).QuickCheckThrowOnFailure();

    private static Arbitrary<(int N, int M, long Height)> Sizes() => Gen.Choose(1, 40)
        .SelectMany(n => Gen.Choose(1, 40).SelectMany(m => Gen.Choose(1, n * m).Select(h => (n, m, (long)h)))).ToArbitrary();

    private static double Plain(int n, int m, long height)
    {
        var v = new double[n + 1, m + 1];
        for (int i = 0; i <= n; i++)
        {
            for (int j = 0; j <= m; j++)
            {
                v[i, j] = Math.Abs(((long)i * m) - ((long)j * n)) >= height ? 1
                    : i + j == 0 ? 0
                    : ((i == 0 ? 0 : i * v[i - 1, j]) + (j == 0 ? 0 : j * v[i, j - 1])) / (i + j);
            }
        }

        return v[n, m];
    }
}
