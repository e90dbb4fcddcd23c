using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Tests.Trainers;

public sealed class RowScorerTests
{
    [Theory]
    [InlineData("gbdt", LearningTask.Regression)]
    [InlineData("gbdt", LearningTask.Multiclass)]
    [InlineData("linear", LearningTask.Binary)]
    [InlineData("linear", LearningTask.Multiclass)]
    [InlineData("forest", LearningTask.Binary)]
    [InlineData("forest", LearningTask.Multiclass)]
    [InlineData("baseline", LearningTask.Multiclass)]
    public void Score_EncodedRow_EqualsTheTableAndAllocatesNothing(string trainer, LearningTask task)
    {
        Table table = Make.Mixed(300);
        IModel model = Make.Fit(trainer, Make.MixedSpec(task, Make.Few(trainer, 5)), table);
        var scorer = (IRowScorer)model;
        double[] expected = model.Score(table).Scores;
        double[][] rows = [.. Enumerable.Range(0, 300).Select(row => Encode(model.Signature, table, row))];
        var scores = new double[scorer.ScoreCount];
        scorer.Score(rows[0], scores);
        long before = GC.GetAllocatedBytesForCurrentThread();
        foreach (double[] row in rows)
            scorer.Score(row, scores);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        for (int row = 0; row < rows.Length; row++)
        {
            scorer.Score(rows[row], scores);
            Assert.Equal(expected[(row * scores.Length)..((row + 1) * scores.Length)], scores);
        }
    }

    /// <summary>The ways that a model takes by its inputs: numbers only, sets beyond a word, probabilities of steps.</summary>
    [Theory]
    [InlineData("numbers")]
    [InlineData("manyLevels")]
    [InlineData("calibrated")]
    public void ScoreRows_EveryWayToScore_AllocatesNothing(string way)
    {
        Table table = Make.Mixed(800).With(CategoryColumn.From("many", Enumerable.Range(0, 800).Select(i => $"level {i * 7 % 200}")));
        TrainingSpec spec = Make.MixedSpec(LearningTask.Binary, ("trees", 6), ("calibrate", way == "calibrated" ? "isotonic" : "none")) with { Features = way == "manyLevels" ? ["many", "a"] : ["a", "b"] };
        IModel model = Make.Fit("gbdt", spec, table);
        var scorer = (IRowScorer)model;
        double[] expected = model.Score(table).Scores, scores = new double[800];
        double[] rows = [.. Enumerable.Range(0, 800).SelectMany(row => Encode(model.Signature, table, row))];
        scorer.Score(rows.AsSpan(0, 2), scores.AsSpan(0, 1));
        scorer.ScoreRows(rows, scores);
        long before = GC.GetAllocatedBytesForCurrentThread();
        scorer.ScoreRows(rows, scores);
        for (int row = 0; row < 800; row++)
            scorer.Score(rows.AsSpan(row * 2, 2), scores.AsSpan(row, 1));
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(expected, scores);
        scorer.ScoreRows(rows, scores);
        Assert.Equal(expected, scores);
    }

    [Theory]
    [InlineData("gbdt")]
    [InlineData("linear")]
    [InlineData("forest")]
    [InlineData("baseline")]
    public void Score_Multiclass_ProbabilitiesSumToOne(string trainer)
    {
        Table table = Make.Mixed(300);
        Predictions scores = Make.Fit(trainer, Make.MixedSpec(LearningTask.Multiclass, Make.Few(trainer, 10)), table).Score(table);
        for (int row = 0; row < 300; row++)
            Assert.Equal(1, Enumerable.Range(0, 4).Sum(k => scores.Probability(row, k)), 1e-12);
    }

    [Fact]
    public void Score_NoRows_GivesNoScores()
    {
        Table table = Make.Mixed(100);
        Assert.Equal(0, Make.Fit("gbdt", Make.MixedSpec(LearningTask.Binary, ("trees", 2)), table).Score(table.Take([])).Count);
    }

    [Fact]
    public void Score_LargeTable_EqualsItsParts()
    {
        Table table = Make.Mixed(20_000);
        IModel model = Make.Fit("gbdt", Make.MixedSpec(LearningTask.Regression, ("trees", 3)), table.Take([.. Enumerable.Range(0, 500)]));
        double[] whole = model.Score(table).Scores;
        double[] part = model.Score(table.Take([.. Enumerable.Range(19_000, 1_000)])).Scores;
        Assert.Equal(whole[19_000..], part);
    }

    private static double[] Encode(ModelSignature signature, Table table, int row) => [.. signature.Inputs.Select(input => table[input.Name] switch
    {
        NumberColumn c => c.Values[row],
        BooleanColumn c => c.Values[row],
        TimestampColumn c => (new DateTime(c.Ticks[row], DateTimeKind.Utc) - DateTime.UnixEpoch).TotalSeconds,
        CategoryColumn c => c.Format(row) is { } level ? input.Levels!.ToList().IndexOf(level) : double.NaN,
        _ => throw new InvalidOperationException(),
    })];
}
