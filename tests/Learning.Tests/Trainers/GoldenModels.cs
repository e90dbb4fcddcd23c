using System.Text.Json;
using MlOps.Learning.Encoders;
using MlOps.Learning.Explaining;
using MlOps.Learning.Importing;
using MlOps.Learning.Tables;
using MlOps.Learning.Tests.Importing;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Tests.Trainers;

/// <summary>
/// Model files as this format version writes them, each with rows and the scores it gave, in Golden/. They are never written again: a later
/// version must load them and score alike. A new kind or family adds a case, whose files are made once by
/// <c>MLOPS_WRITE_GOLDEN=1 dotnet test --filter GoldenFileTests</c>; files that are there are left as they are.
/// </summary>
internal static class GoldenModels
{
    private const int Rows = 40;

    public static readonly IReadOnlyDictionary<string, Func<IModel>> Cases = new Dictionary<string, Func<IModel>>
    {
        ["gbdt-binary"] = () => Fit("gbdt", LearningTask.Binary, ("trees", 4), ("depth", 3)),
        ["gbdt-multiclass"] = () => Fit("gbdt", LearningTask.Multiclass, ("trees", 2), ("depth", 3)),
        ["gbdt-regression"] = () => Fit("gbdt", LearningTask.Regression, ("trees", 4), ("depth", 3)),
        ["linear-binary"] = () => Fit("linear", LearningTask.Binary, ("maxIterations", 20)),
        ["linear-multiclass"] = () => Fit("linear", LearningTask.Multiclass, ("maxIterations", 20)),
        ["linear-regression"] = () => Fit("linear", LearningTask.Regression, ("maxIterations", 20)),
        ["forest-binary"] = () => Fit("forest", LearningTask.Binary, ("trees", 3), ("depth", 4)),
        ["forest-regression"] = () => Fit("forest", LearningTask.Regression, ("trees", 3), ("depth", 4)),
        ["baseline-binary"] = () => Fit("baseline", LearningTask.Binary, ("answer", "stump")),
        ["xgboost-categories"] = () => Import("xgb-categories"),
        ["xgboost-poisson"] = () => Import("xgb-poisson"),
        ["xgboost-linear"] = () => Import("xgb-linear"),
        ["onnx-network"] = () => Import("onnx-network"),
        ["gbdt-platt"] = () => Fit("gbdt", LearningTask.Binary, ("trees", 3), ("depth", 3), ("calibrate", "platt")),
        ["gbdt-isotonic"] = () => Fit("gbdt", LearningTask.Binary, ("trees", 3), ("depth", 3), ("calibrate", "isotonic")),
        ["gbdt-quantile"] = () => Fit("gbdt", LearningTask.Regression, ("trees", 3), ("depth", 3), ("objective", "quantile"), ("quantile", 0.8)),
        ["gbdt-manyLevels"] = () => Make.Fit("gbdt", Make.Spec(LearningTask.Regression, "y", ("trees", 3), ("depth", 3)) with { Features = ["many", "a"] }, ManyLevels(600)),
        ["forest-multiclass"] = () => Fit("forest", LearningTask.Multiclass, ("trees", 3), ("depth", 4)),
        ["lightgbm-multiclass"] = () => Import("lgb-multiclass"),
        ["catboost-number"] = () => Import("cat-number"),
        ["onnx-logistic"] = () => Import("onnx-logistic"),
        ["baseline-constant"] = () => Fit("baseline", LearningTask.Multiclass),
        ["forest-extraTrees"] = () => Fit("forest", LearningTask.Binary, ("trees", 3), ("depth", 4), ("kind", "extraTrees")),
        ["gbdt-poisson"] = () => Make.Fit("gbdt", Make.MixedSpec(LearningTask.Regression, ("trees", 3), ("depth", 3), ("objective", "poisson")), Counts(200)),
    };

    public static string FileOf(string name) => Path.Combine(ExpectedRows.Folder, "..", "..", "Trainers", "Golden", name + ".mlmodel");

    /// <summary>What <see cref="Write"/> kept of a model: rows as numbers of <see cref="IRowScorer"/> (null is missing) and their scores.</summary>
    public static GoldenRows RowsOf(string name) => JsonSerializer.Deserialize<GoldenRows>(File.ReadAllBytes(FileOf(name) + ".json"), JsonSerializerOptions.Web)!;

    public static void Write(string name)
    {
        IModel model = Cases[name]();
        string[] imported = ["xgboost", "onnx", "lightgbm", "catboost"];
        Table rows = imported.Any(i => name.StartsWith(i, StringComparison.Ordinal)) ? Drawn(model.Signature) : ManyLevels(Rows);
        double[] numbers = new double[Rows * model.Signature.Inputs.Count];
        new InputBinder(model.Signature.Inputs).Bind(rows).ReadRows(0, Rows, numbers);
        Directory.CreateDirectory(Path.GetDirectoryName(FileOf(name))!);
        File.WriteAllBytes(FileOf(name), Make.Bytes(model));
        File.WriteAllBytes(FileOf(name) + ".json", JsonSerializer.SerializeToUtf8Bytes(
            new GoldenRows([.. numbers.Select(n => double.IsNaN(n) ? (double?)null : n)], model.Score(rows).Scores, ContributionsOf(model, rows)), JsonSerializerOptions.Web));
    }

    /// <summary>The base and the contributions to the first row's first output; they take facts of the file that scores do not.</summary>
    public static double[]? ContributionsOf(IModel model, Table rows) =>
        model is IExplainable explained && explained.Explain(rows.Take([0]), CancellationToken.None) is { } first ? [first.Base[0], .. first.Of(0, 0)] : null;

    /// <summary><see cref="Make.Mixed"/> with a category whose sets take more than two words.</summary>
    private static Table ManyLevels(int rows) => Make.Mixed(rows, seed: 99).With(CategoryColumn.From("many", Enumerable.Range(0, rows).Select(i => $"level {i * 7 % 150}")));

    private static Table Counts(int rows) => Make.Mixed(rows) is var table
        ? table.With(new NumberColumn("y", [.. ((NumberColumn)table["y"]).Values.ToArray().Select(v => Math.Floor(Math.Exp(v / 2)))]))
        : table;

    private static IModel Fit(string trainer, LearningTask task, params (string, object)[] parameters) =>
        Make.Fit(trainer, Make.MixedSpec(task, parameters), Make.Mixed(200));

    private static IModel Import(string sample) => ModelImporter.Import(ExpectedRows.FileOf(ExpectedRows.Folder, sample), ImportOptions.Default).Model;

    private static Table Drawn(ModelSignature signature)
    {
        var random = new SeededRandom(7);
        return new([.. signature.Inputs.Select(input => input.Levels is { } levels
            ? (Column)new CategoryColumn(input.Name, [.. Enumerable.Range(0, Rows).Select(_ => random.Next(levels.Count))], levels)
            : new NumberColumn(input.Name, [.. Enumerable.Range(0, Rows).Select(_ => random.NextGaussian())]))]);
    }
}

/// <param name="Contributions">Null of what cannot be explained, and of the first files, which were made without.</param>
internal sealed record GoldenRows(double?[] Rows, double[] Scores, double[]? Contributions = null);
