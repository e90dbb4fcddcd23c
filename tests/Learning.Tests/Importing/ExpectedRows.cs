using System.Globalization;
using System.Text.Json;
using MlOps.Learning.Encoders;
using MlOps.Learning.Explaining;
using MlOps.Learning.Importing;
using MlOps.Learning.Tables;
using MlOps.Learning.Tests.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Tests.Importing;

/// <summary>Rows, and what the library that made a model said of them. A number that is null is missing.</summary>
/// <param name="Interactions">Of the first rows: by row, output, input and the other, the bias last.</param>
/// <param name="Importance">By kind, then input; one never asked for is not there.</param>
internal sealed record ExpectedRows(
    double?[][] Rows, double[][] Prediction, double[][] Margin, double[][][]? Contributions = null, double[][][][]? Interactions = null, Dictionary<string, Dictionary<string, double>>? Importance = null)
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web);

    public static string Folder => Path.Combine(Path.GetDirectoryName(Csv.Sample("x"))!, "..", "..", "tests", "Learning.Tests", "Importing", "Samples");

    public static ExpectedRows Load(string folder, string name) =>
        JsonSerializer.Deserialize<ExpectedRows>(File.ReadAllBytes(Path.Combine(folder, $"{name}.expected.json")), Options)!;

    public static byte[] FileOf(string folder, string name) =>
        File.ReadAllBytes(Directory.GetFiles(folder, $"{name}.*").Single(f => !f.EndsWith(".expected.json", StringComparison.Ordinal)));

    /// <summary>The rows as a file brings them: codes of categories as numbers.</summary>
    public Table TableOf(ModelSignature signature) => new([.. signature.Inputs.Select((input, i) => ColumnOf(input, [.. Rows.Select(r => r[i] ?? double.NaN)]))]);

    /// <summary>Checks scores of a table and of single rows, and contributions, against the library's.</summary>
    public void Check(IModel model, double tolerance = 1e-6)
    {
        Table table = TableOf(model.Signature);
        double[] scores = model.Score(table).Scores;
        CheckScores(scores, tolerance);
        if (model is IRowScorer)
            CheckRows(model, table, scores);
        if (Contributions is not null)
            CheckContributions(model, table);
        if (Interactions is not null)
            CheckInteractions(model, table);
        if (Importance is not null)
            CheckImportance(model);
    }

    /// <summary>Where a model knows categories by text, a code is the place of the text, and one that has none an unknown text.</summary>
    private static Column ColumnOf(FeatureSignature input, double[] values)
    {
        if (input.Levels is not { } levels || levels.All(l => double.TryParse(l, CultureInfo.InvariantCulture, out _)))
            return new NumberColumn(input.Name, values);
        return CategoryColumn.From(input.Name, values.Select(v => double.IsNaN(v) ? null : v < levels.Count ? levels[(int)v] : "unknown"));
    }

    private void CheckScores(double[] scores, double tolerance)
    {
        int outputs = scores.Length / Rows.Length;
        for (int i = 0; i < scores.Length; i++)
        {
            double[] row = Prediction[i / outputs];
            // Of two classes the library gives both probabilities, we that of the second.
            double expected = row.Length == 2 && outputs == 1 ? row[1] : row[i % outputs];
            Assert.True(Math.Abs(expected - scores[i]) <= tolerance * Math.Max(1, Math.Abs(expected)), Say($"row {i / outputs}: {scores[i]}, expected {expected}"));
        }
    }

    private void CheckRows(IModel model, Table table, double[] scores)
    {
        var scorer = (IRowScorer)model;
        var rows = new double[Rows.Length * scorer.InputCount];
        new InputBinder(model.Signature.Inputs).Bind(table).ReadRows(0, Rows.Length, rows);
        var one = new double[scorer.ScoreCount];
        for (int row = 0; row < Rows.Length; row++)
        {
            scorer.Score(rows.AsSpan(row * scorer.InputCount, scorer.InputCount), one);
            Assert.Equal(scores.AsSpan(row * one.Length, one.Length).ToArray(), one);
        }
    }

    private void CheckContributions(IModel model, Table table)
    {
        Contributions explained = ModelExplainer.Of(model).Explain(table, CancellationToken.None);
        for (int row = 0; row < Rows.Length; row++)
        {
            // The library's own sums, and ours.
            double[][] margins = [.. Margin[row].Select(m => new[] { m })];
            for (int k = 0; k < explained.Outputs; k++)
            {
                double expected = Of(margins, k, explained.Outputs)[0], got = explained.Margin(row, k);
                Assert.True(Math.Abs(expected - got) <= 1e-5 * Math.Max(1, Math.Abs(expected)), Say($"row {row}, output {k}: the margin is {got}, expected {expected}"));
            }

            for (int k = 0; k < Contributions![row].Length; k++)
            {
                double[] expected = Of(Contributions[row], k, explained.Outputs);
                double[] got = [.. explained.Of(row, Math.Min(k, explained.Outputs - 1)), explained.Base[Math.Min(k, explained.Outputs - 1)]];
                for (int i = 0; i < got.Length; i++)
                    Assert.True(Math.Abs(expected[i] - got[i]) <= 1e-5 * Math.Max(1, Math.Abs(expected[i])), Say($"row {row}, output {k}, input {i}: {got[i]}, expected {expected[i]}"));
            }
        }
    }

    private void CheckInteractions(IModel model, Table table)
    {
        Interactions found = ModelExplainer.Interactions(model, table.Take([.. Enumerable.Range(0, Interactions!.Length)]), CancellationToken.None);
        int inputs = model.Signature.Inputs.Count;
        for (int row = 0; row < Interactions!.Length; row++)
        {
            for (int k = 0; k < Interactions[row].Length; k++)
            {
                for (int i = 0; i < inputs; i++)
                {
                    double[] expected = Of([.. Interactions[row].Select(output => output[i])], k, found.Contributions.Outputs);
                    for (int j = 0; j < inputs; j++)
                        Assert.Equal(expected[j], found.Of(row, Math.Min(k, found.Contributions.Outputs - 1))[(i * inputs) + j], 1e-5 * Math.Max(1, Math.Abs(expected[j])));
                }
            }
        }
    }

    private void CheckImportance(IModel model)
    {
        foreach (SplitImportance found in SplitImportance.Of(model))
        {
            string[] names = [found.Feature, .. model.Signature.Inputs.Index().Where(i => i.Item.Name == found.Feature).Select(i => $"f{i.Index}")];
            double Expected(string kind) => names.Select(name => Importance![kind].GetValueOrDefault(name)).Max();
            Same(Expected("weight"), found.Weight);
            Same(Expected("gain"), found.Gain);
            Same(Expected("cover"), found.Cover);
            Same(Expected("total_gain"), found.TotalGain);
            Same(Expected("total_cover"), found.TotalCover);
        }

        static void Same(double expected, double? found) => Assert.Equal(expected, found!.Value, 1e-5 * Math.Max(1, Math.Abs(expected)));
    }

    private static double[] Of(double[][] outputs, int k, int ours) => outputs.Length == 2 && ours == 1
        ? [.. outputs[1].Zip(outputs[0], (second, first) => second - first)]
        : outputs[k];

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
