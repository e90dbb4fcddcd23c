using System.Globalization;

namespace MlOps.Bench.Learning;

/// <summary>
/// How much of a difference in score is luck: the same fits on several draws of the training rows, <c>learning spread [draws] [from=DRAW] [case...]</c>.
/// Trees find what two inputs do together only where chance has cut one of them before, and other rows are another chance.
/// </summary>
internal static class SpreadBench
{
    private const int Draws = 5;

    private const string From = "from=";

    public static async Task RunAsync(string[] args)
    {
        (int draws, int first, List<TrainCase> cases) = (Draws, 0, []);
        foreach (string arg in args)
        {
            if (arg.StartsWith(From, StringComparison.Ordinal))
                first = int.Parse(arg[From.Length..], CultureInfo.InvariantCulture);
            else if (!int.TryParse(arg, CultureInfo.InvariantCulture, out int number))
                cases.Add(TrainCase.All.FirstOrDefault(c => c.Name == arg) ?? throw new ArgumentException($"no case '{arg}': {string.Join(", ", TrainCase.All.Select(c => c.Name))}"));
            else
                draws = number;
        }

        Console.WriteLine("| case | draw | MlOps | peer | its score | better by |");
        Console.WriteLine("|---|---|---|---|---|---|");
        foreach (TrainCase @case in cases is [] ? TrainCase.All : cases)
            await RunAsync(@case, first, draws);
    }

    private static async Task RunAsync(TrainCase @case, int first, int draws)
    {
        List<double>[] differences = [.. @case.Peers.Select(_ => new List<double>())];
        List<double> scores = [];
        for (int draw = first; draw < first + draws; draw++)
        {
            var data = new TrainData(@case, TrainBench.Folder, draw);
            data.Write();
            TrainResult ours = await TrainBench.OursAsync(@case, data, TrainCase.Bins);
            scores.Add(ours.Score);
            for (int p = 0; p < @case.Peers.Length; p++)
            {
                TrainResult theirs = await TrainBench.PeerAsync(@case.Peers[p], @case, data, TrainCase.Bins);
                differences[p].Add(@case.HigherIsBetter ? ours.Score - theirs.Score : theirs.Score - ours.Score);
                Show($"| {@case.Name} | {draw} | {ours.Score:0.00000} | {theirs.Name} | {theirs.Score:0.00000} | {differences[p][^1]:0.00000} |");
            }

            if (draw > 0)
                data.Delete();
        }

        foreach ((string peer, List<double> of) in @case.Peers.Zip(differences))
            Show($"| {@case.Name} | mean of {draws} | {scores.Average():0.00000} | {peer} | {@case.Metric} | {of.Average():0.00000} ± {StandardError(of):0.00000} |");
    }

    /// <summary>Of the mean; NaN of one number.</summary>
    private static double StandardError(List<double> numbers)
    {
        double mean = numbers.Average();
        return Math.Sqrt(numbers.Sum(n => (n - mean) * (n - mean)) / (numbers.Count - 1.0) / numbers.Count);
    }

    private static void Show(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
