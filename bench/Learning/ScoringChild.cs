using System.Diagnostics;
using System.Text.Json;
using MlOps.Learning.Explaining;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Bench.Learning;

/// <summary>Our side of ScoringPeers, in a process of its own: <c>learning scoring-child explain|score|score-rows|score-one MODEL ROWS</c>.</summary>
internal static class ScoringChild
{
    private const int Rounds = 5;
    private const int SampleSize = 2_000;

    public static Task RunAsync(string[] args)
    {
        IModel model = ModelFile.Load(File.ReadAllBytes(args[1]));
        float[] numbers = ScoringCase.ReadRows(args[2]);
        Table rows = ScoringCase.TableOf(numbers);
        double[] flat = [.. numbers.Select(n => (double)n)];
        var scores = new double[rows.RowCount];
        Func<double[]> work = args[0] switch
        {
            "explain" => () => Contributions(ModelExplainer.Of(model).Explain(rows, CancellationToken.None)),
            "score" => () => model.Score(rows).Scores,
            "score-one" => () => ScoreOneByOne((IRowScorer)model, flat, scores),
            _ => () => ScoreRows((IRowScorer)model, flat, scores),
        };
        Console.WriteLine(JsonSerializer.Serialize(Measure(work), JsonSerializerOptions.Web));
        return Task.CompletedTask;
    }

    private static WorkTime Measure(Func<double[]> work)
    {
        double[] sample = work();
        var best = new WorkTime(double.MaxValue, double.MaxValue, sample[..Math.Min(SampleSize, sample.Length)]);
        using var process = Process.GetCurrentProcess();
        for (int round = 0; round < Rounds; round++)
        {
            process.Refresh();
            TimeSpan cpu = process.TotalProcessorTime;
            long start = Stopwatch.GetTimestamp();
            work();
            process.Refresh();
            best = best with { Cpu = Math.Min(best.Cpu, (process.TotalProcessorTime - cpu).TotalSeconds), Wall = Math.Min(best.Wall, Stopwatch.GetElapsedTime(start).TotalSeconds) };
        }

        return best;
    }

    /// <summary>The first rows, each with the base at its end as XGBoost has it; the rest is made but not kept.</summary>
    private static double[] Contributions(Contributions explained) =>
        [.. Enumerable.Range(0, SampleSize / (ScoringCase.Inputs + 1)).SelectMany(row => (double[])[.. explained.Of(row, 0), explained.Base[0]])];

    /// <summary>As a server does that is asked for one row at a time.</summary>
    private static double[] ScoreOneByOne(IRowScorer scorer, double[] rows, double[] scores)
    {
        for (int row = 0; row < scores.Length; row++)
            scorer.Score(rows.AsSpan(row * ScoringCase.Inputs, ScoringCase.Inputs), scores.AsSpan(row, 1));
        return scores;
    }

    private static double[] ScoreRows(IRowScorer scorer, double[] rows, double[] scores)
    {
        const int Together = 4_096;
        int blocks = (scores.Length + Together - 1) / Together;
        Parallel.For(0, blocks, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, block =>
        {
            int from = block * Together, count = Math.Min(Together, scores.Length - from);
            scorer.ScoreRows(rows.AsSpan(from * ScoringCase.Inputs, count * ScoringCase.Inputs), scores.AsSpan(from, count));
        });
        return scores;
    }
}
