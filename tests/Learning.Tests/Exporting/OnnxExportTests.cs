using System.Text.Json;
using MlOps.Contracts;
using MlOps.Learning.Encoders;
using MlOps.Learning.Exporting;
using MlOps.Learning.Importing;
using MlOps.Learning.Tables;
using MlOps.Learning.Tests.Importing;
using MlOps.Learning.Tests.Trainers;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Tests.Exporting;

public sealed class OnnxExportTests
{
    private static readonly string[] Features = ["a", "b", "c", "d"];

    private static readonly Table Rows = Make.Mixed(300);

    public static readonly TheoryData<string, LearningTask> Models = new()
    {
        { "gbdt", LearningTask.Regression }, { "gbdt", LearningTask.Binary }, { "gbdt", LearningTask.Multiclass },
        { "linear", LearningTask.Regression }, { "linear", LearningTask.Binary }, { "linear", LearningTask.Multiclass },
        { "forest", LearningTask.Regression }, { "forest", LearningTask.Binary }, { "forest", LearningTask.Multiclass },
        { "baseline", LearningTask.Regression }, { "baseline", LearningTask.Binary },
    };

    [Theory]
    [MemberData(nameof(Models))]
    public void Export_ThenImport_ScoresAlike(string trainer, LearningTask task)
    {
        IModel model = Fit(trainer, task);

        IModel back = ModelImporter.Import(Export(model), ImportOptions.Default).Model;

        Assert.Equal((model.Signature.Target, task), (back.Signature.Target, back.Signature.Task));
        Assert.Equal(model.Signature.Classes, back.Signature.Classes);
        Assert.Equal(Features, back.Signature.Inputs.Select(i => i.Name));
        Assert.All(model.Score(Rows).Scores.Zip(back.Score(Rows).Scores), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
    }

    [Theory]
    [InlineData(2, "class 1")]
    [InlineData(3, "class 0")]
    public void Export_OfATie_IsLabelledAsTheModelDoes(int classes, string label)
    {
        IModel model = Tie(classes);
        Predictions ours = model.Score(Rows), back = ModelImporter.Import(Export(model), ImportOptions.Default).Model.Score(Rows);

        Assert.All(ours.Scores, score => Assert.Equal(classes == 2 ? 0.5 : 1 / 3.0, score));
        Assert.All(Enumerable.Range(0, Rows.RowCount), row => Assert.Equal((label, label), (ours.Classes[ours.Label(row)], back.Classes[back.Label(row)])));
    }

    /// <summary>By onnx.checker, and by what evaluates graphs without knowing our importer.</summary>
    [SkippableFact]
    public void Export_EveryKind_IsAcceptedByOnnxCheckerAndPredictsAlikeElsewhere()
    {
        using var folder = new TempDirectory();
        (string Name, IModel Model, Table Rows)[] exported = [.. Exported()];
        foreach ((string name, IModel model, Table rows) in exported)
        {
            File.WriteAllBytes(folder[$"{name}.onnx"], Export(model));
            File.WriteAllText(folder[$"{name}.inputs.json"], JsonSerializer.Serialize(Columns(model, rows), JsonSerializerOptions.Web));
        }

        foreach (string script in new[] { "onnx_check.py", "onnx_evaluate.py" })
        {
            string? missing = PythonScript.Run(script, folder.FullPath);
            Needed.Have(missing is null, "onnx", PythonScript.HowToGet("onnx", missing));
        }

        foreach ((string name, IModel model, Table rows) in exported)
            Compare(name, JsonSerializer.Deserialize<Answers>(File.ReadAllBytes(folder[$"{name}.answers.json"]), JsonSerializerOptions.Web)!, model.Score(rows));
    }

    [Theory]
    [InlineData("xgb-poisson")]
    [InlineData("xgb-hinge")]
    [InlineData("lgb-sqrt")]
    [InlineData("lgb-lambda")]
    public void Export_ImportedTrees_KeepTheirLink(string sample)
    {
        (IModel model, Table rows) = Imported(sample);
        IModel back = ModelImporter.Import(Export(model), ImportOptions.Default).Model;
        Assert.All(model.Score(rows).Scores.Zip(back.Score(rows).Scores), pair => Assert.Equal(pair.First, pair.Second, 1e-5 * Math.Max(1, Math.Abs(pair.First))));
    }

    /// <summary>Each kind, each objective, a calibration, timestamps, and trees that others grew.</summary>
    private static IEnumerable<(string Name, IModel Model, Table Rows)> Exported()
    {
        foreach (object[] model in Models)
            yield return ($"{model[0]}-{model[1]}", Fit((string)model[0], (LearningTask)model[1]), Rows);
        yield return ("platt", Fit("gbdt", LearningTask.Binary, ("calibrate", "platt")), Rows);
        yield return ("quantile", Fit("gbdt", LearningTask.Regression, ("objective", "quantile"), ("quantile", 0.8)), Rows);
        yield return ("absolute", Fit("gbdt", LearningTask.Regression, ("objective", "absolute")), Rows);
        yield return ("constant", Make.Fit("baseline", Make.MixedSpec(LearningTask.Binary) with { Features = Features }, Rows), Rows);
        foreach (int classes in new[] { 2, 3 })
            yield return ($"tie-of-{classes}", Tie(classes), Rows);
        Table counts = Rows.With(new NumberColumn("y", [.. ((NumberColumn)Rows["y"]).Values.ToArray().Select(v => Math.Floor(Math.Exp(v / 2)))]));
        yield return ("poisson", Make.Fit("gbdt", Make.MixedSpec(LearningTask.Regression, ("trees", 6), ("objective", "poisson")) with { Features = Features }, counts), counts);

        // 500 hours after 1970, which 32 bits hold to the second.
        Table dated = Rows.With(new NumberColumn("y", [.. Enumerable.Range(0, Rows.RowCount).Select(i => Math.Sin(i / 40.0))]));
        yield return ("gbdt-dates", Make.Fit("gbdt", Make.MixedSpec(LearningTask.Regression, ("trees", 6)), dated), dated);
        yield return ("linear-dates", Make.Fit("linear", Make.MixedSpec(LearningTask.Regression), dated), dated);
        foreach (string sample in new[]
        {
            "xgb-poisson", "xgb-categories", "xgb-multiclass", "xgb-softmax-two", "xgb-forest", "xgb-dart", "xgb-hinge", "xgb-linear", "xgb-linear-three", "lgb-binary", "lgb-each", "lgb-sqrt",
            "lgb-lambda", "cat-number", "cat-nested-three", "onnx-boosted-three", "onnx-softmax",
        })
        {
            (IModel model, Table rows) = Imported(sample);
            yield return (sample, model, rows);
        }
    }

    private static (IModel Model, Table Rows) Imported(string sample)
    {
        IModel model = ModelImporter.Import(ExpectedRows.FileOf(ExpectedRows.Folder, sample), ImportOptions.Default).Model;
        return (model, ExpectedRows.Load(ExpectedRows.Folder, sample).TableOf(model.Signature));
    }

    /// <summary>Each input as a caller of the graph gives it: text of a category, else a number.</summary>
    private static InputColumn[] Columns(IModel model, Table table)
    {
        int width = model.Signature.Inputs.Count;
        var rows = new double[table.RowCount * width];
        new InputBinder(model.Signature.Inputs).Bind(table).ReadRows(0, table.RowCount, rows);
        return [.. model.Signature.Inputs.Select((input, i) =>
        {
            double?[] numbers = [.. Enumerable.Range(0, table.RowCount).Select(row => rows[(row * width) + i] is var v && double.IsNaN(v) ? (double?)null : v)];
            return input.Levels is { } levels ? new InputColumn(null, [.. numbers.Select(code => code is { } level ? levels[(int)level] : null)]) : new InputColumn(numbers, null);
        })];
    }

    private static void Compare(string name, Answers answers, Predictions ours)
    {
        int outputs = ours.Scores.Length / ours.Count;
        for (int row = 0; row < ours.Count; row++)
        {
            double?[] theirs = answers.Scores[row];
            // Of two classes the graph gives both probabilities, we that of the second.
            bool both = outputs == 1 && theirs.Length == 2;
            for (int k = 0; k < outputs; k++)
            {
                double expected = ours.Scores[(row * outputs) + k], got = theirs[both ? 1 : k] ?? double.NaN;
                Assert.True(Math.Abs(expected - got) <= 1e-5 * Math.Max(1, Math.Abs(expected)), FormattableString.Invariant($"{name}, row {row}, output {k}: the graph gives {got}, we {expected}"));
            }

            double[] probabilities = both ? [1 - ours.Scores[row], ours.Scores[row]] : ours.Scores[(row * outputs)..((row + 1) * outputs)];
            double[] order = [.. probabilities.OrderDescending()];
            Assert.True(!name.StartsWith("tie", StringComparison.Ordinal) || order[0] == order[1], $"{name} is none");
            if (answers.Labels is { } labels && (order[0] - order[1] > 1e-5 || order[0] == order[1]))
                Assert.Equal(ours.Classes[ours.Label(row)], labels[row]);
        }
    }

    private static IModel Fit(string trainer, LearningTask task, params (string, object)[] more) =>
        Make.Fit(trainer, Make.MixedSpec(task, [Make.Few(trainer, 6), .. more]) with { Features = Features }, Rows);

    /// <summary>As many rows of each class, and one answer for all of them: each class is as probable, exactly.</summary>
    private static IModel Tie(int classes) => Make.Fit(
        "baseline",
        Make.Spec(classes == 2 ? LearningTask.Binary : LearningTask.Multiclass, "y") with { Features = Features },
        Rows.With(CategoryColumn.From("y", Enumerable.Range(0, Rows.RowCount).Select(i => $"class {i % classes}"))));

    private static byte[] Export(IModel model)
    {
        using var file = new MemoryStream();
        ModelExporter.Export(model, "onnx", file);
        return file.ToArray();
    }

    private sealed record InputColumn(double?[]? Numbers, string?[]? Texts);

    private sealed record Answers(double?[][] Scores, string[]? Labels);
}
