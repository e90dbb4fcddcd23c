using System.Text;
using MlOps.Domain;
using MlOps.Domain.Experiments;
using MlOps.Domain.Registry;
using MlOps.Domain.Serving;
using MlOps.Domain.Training;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Api.Tests;

/// <summary>Small real models, fitted, stored, registered and served.</summary>
internal static class SampleModels
{
    /// <summary>
    /// A classifier with the inputs <c>tenure</c> (number), <c>contract</c> (category Month, Year), <c>charge</c> (number, may be
    /// missing) and the classes No, Yes: long tenures stay.
    /// </summary>
    public static async Task<ModelVersion> ServeChurnAsync(Platform platform, string model = "churn", string runId = "run-1", string trainer = "linear")
    {
        var csv = new StringBuilder("tenure,contract,charge,churn\n");
        for (int i = 0; i < 200; i++)
            csv.AppendLine(FormattableString.Invariant($"{i % 60},{(i % 2 == 0 ? "Month" : "Year")},{(i % 10 == 0 ? "" : $"{20 + (i % 7)}")},{(i % 60 < 30 ? "Yes" : "No")}"));
        return await ServeAsync(platform, model, runId, csv.ToString(), new TrainingSpec { Task = LearningTask.Binary, Target = "churn" }, trainer);
    }

    /// <summary>A regression of <c>price</c> on the one number <c>carat</c>.</summary>
    public static async Task<ModelVersion> ServePriceAsync(Platform platform, string model = "price")
    {
        string csv = "carat,price\n" + string.Concat(Enumerable.Range(1, 100).Select(i => FormattableString.Invariant($"{i / 10.0},{i * 100}\n")));
        return await ServeAsync(platform, model, "run-price", csv, new TrainingSpec { Task = LearningTask.Regression, Target = "price" });
    }

    /// <summary>A classifier of the one number <c>x</c> whose classes are 0 and 1.</summary>
    public static async Task<ModelVersion> ServeFlagAsync(Platform platform, string model = "flag")
    {
        string csv = "x,flag\n" + string.Concat(Enumerable.Range(-50, 100).Select(i => FormattableString.Invariant($"{i / 5.0},{(i < 0 ? 0 : 1)}\n")));
        return await ServeAsync(platform, model, "run-flag", csv, new TrainingSpec { Task = LearningTask.Binary, Target = "flag" });
    }

    public static async Task<IModel> FitAsync(string csv, TrainingSpec spec, string trainer = "linear")
    {
        Table table = await CsvReader.ReadAsync(new MemoryStream(Encoding.UTF8.GetBytes(csv)), CsvOptions.Default, CancellationToken.None);
        return TrainerCatalog.Default.Get(trainer).Fit(spec, table, null, null, CancellationToken.None);
    }

    public static async Task<ModelVersion> RegisterAsync(Platform platform, string model, string runId, string csv, TrainingSpec spec, string trainer = "linear")
    {
        IModel fitted = await FitAsync(csv, spec, trainer);
        ModelRef stored = await platform.Models.SaveAsync(fitted, CancellationToken.None);
        var registration = new ModelRegistration(
            runId, stored.Digest, stored.Size, fitted.Trainer, fitted.Signature, new Dictionary<string, double>(), new RunLineage("telco@1", "d1", "s1", "1.0", "telco-1"));
        return await platform.Registry.RegisterAsync(model, registration, "test", CancellationToken.None);
    }

    /// <summary>Trees for three classes of the numbers <c>x</c> and <c>y</c>: low, middle, high.</summary>
    public static async Task<ModelVersion> ServeLevelAsync(Platform platform, string model = "level")
    {
        string csv = "x,y,level\n" + string.Concat(Enumerable.Range(0, 120).Select(i => FormattableString.Invariant($"{i},{i % 7},{(i < 40 ? "low" : i < 80 ? "middle" : "high")}\n")));
        var spec = new TrainingSpec { Task = LearningTask.Multiclass, Target = "level", Parameters = new Dictionary<string, string> { ["trees"] = "5" } };
        return await ServeAsync(platform, model, "run-level", csv, spec, "gbdt");
    }

    private static async Task<ModelVersion> ServeAsync(Platform platform, string model, string runId, string csv, TrainingSpec spec, string trainer = "linear")
    {
        ModelVersion version = await RegisterAsync(platform, model, runId, csv, spec, trainer);
        await platform.Registry.SetAliasAsync(model, RegistryLimits.Champion, version.Version, null, "test", CancellationToken.None);
        await platform.Endpoints.ApplyAsync(model, new TrafficChange(TrafficSplit.Whole(version.Version), "first", null, null), CancellationToken.None);
        return version;
    }
}
