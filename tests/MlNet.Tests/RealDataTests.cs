using MlOps.Learning.Metrics;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;
using Xunit.Abstractions;

namespace MlOps.MlNet.Tests;

/// <summary>Every family on the sample data against the best that knows no feature: the share of each class, or the mean.</summary>
public sealed class RealDataTests(ITestOutputHelper output)
{
    public static TheoryData<string> Families => [.. Fits.Families];

    [Theory]
    [MemberData(nameof(Families))]
    public async Task Fit_Telco_BeatsTheShareOfClasses(string family)
    {
        (Table training, Table test) = Fits.Split(await Fits.SampleAsync("telco-churn.csv"));
        MetricSet metrics = Fits.Metrics(Fits.Fit(family, Fits.Spec(LearningTask.Binary, "churn", Quicker(family)), training), test);
        double share = Share(training, "churn", "Yes");
        double baseline = -(share * Math.Log(share)) - ((1 - share) * Math.Log(1 - share));
        output.WriteLine($"{family}: AUC {metrics.Find("auc"):F4}, log loss {metrics.Find("logLoss"):F4} of {baseline:F4}, ECE {metrics.Find("ece"):F4}");
        Assert.True(metrics.Find("auc") > 0.8, $"AUC {metrics.Find("auc"):F4}");
        Assert.True(metrics.Find("logLoss") < 0.85 * baseline, $"log loss {metrics.Find("logLoss"):F4} of {baseline:F4}");
        Assert.True(metrics.Find("ece") < 0.08, $"calibration error {metrics.Find("ece"):F4}");
    }

    [Theory]
    [MemberData(nameof(Families))]
    public async Task Fit_Diamonds_BeatsTheMean(string family)
    {
        Table table = await Fits.SampleAsync("diamonds.csv");
        (Table training, Table test) = Fits.Split(table.Take([.. Enumerable.Range(0, 8_000).Select(i => i * (table.RowCount / 8_000))]));
        MetricSet metrics = Fits.Metrics(Fits.Fit(family, Fits.Spec(LearningTask.Regression, "price", Quicker(family)), training), test);
        output.WriteLine($"{family}: R2 {metrics.Find("r2"):F4}, RMSE {metrics.Find("rmse"):F1}");
        Assert.True(metrics.Find("r2") > 0.8, $"R2 {metrics.Find("r2"):F4}; the mean has 0");
    }

    [Theory]
    [MemberData(nameof(Families))]
    public async Task Fit_Letters_BeatsTheCommonestClass(string family)
    {
        Table table = await Fits.SampleAsync("letters.csv");
        (Table training, Table test) = Fits.Split(table.Take([.. Enumerable.Range(0, 2_500)]));
        (string, object)[] parameters = family switch
        {
            "mlnet.sdca" => [("maxIterations", 30)],
            "mlnet.lbfgs" => [],
            "mlnet.gam" => [("iterations", 100), ("learningRate", 0.1)],
            _ => [("trees", 10)],
        };
        MetricSet metrics = Fits.Metrics(Fits.Fit(family, Fits.Spec(LearningTask.Multiclass, "lettr", parameters), training), test);
        output.WriteLine($"{family}: accuracy {metrics.Find("accuracy"):F4}, log loss {metrics.Find("logLoss"):F4} of {Math.Log(26):F4}");
        Assert.True(metrics.Find("accuracy") > 0.5, $"accuracy {metrics.Find("accuracy"):F4}; the commonest of 26 letters has 0.05");
        Assert.True(metrics.Find("logLoss") < 0.75 * Math.Log(26), $"log loss {metrics.Find("logLoss"):F4}; equal shares have {Math.Log(26):F4}");
    }

    /// <summary>The defaults, but for the family whose defaults take many small steps.</summary>
    private static (string, object)[] Quicker(string family) => family == "mlnet.gam" ? [("iterations", 400), ("learningRate", 0.02)] : [];

    private static double Share(Table table, string column, string value) =>
        Enumerable.Range(0, table.RowCount).Average(i => table[column].Format(i) == value ? 1.0 : 0.0);
}
