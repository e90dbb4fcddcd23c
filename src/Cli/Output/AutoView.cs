using System.Globalization;
using MlOps.Domain.Training;
using Spectre.Console;

namespace MlOps.Cli.Output;

/// <summary>How `auto` chose, for people.</summary>
internal static class AutoView
{
    public static void Write(IAnsiConsole console, AutoReport report)
    {
        console.Write(Tables.Of(
            report.Families.Append(report.Baseline),
            ("family", f => f.Trainer == report.Chosen ? $"{f.Trainer} (chosen)" : f.Trainer),
            ($"{report.Metric}, {report.Folds} folds", f => f.Mean),
            ("95 % interval", f => $"{Tables.Number(f.Low)} to {Tables.Number(f.High)}"),
            ("over the baseline", f => Text(f.OverBaseline)),
            ("behind the best", f => Text(f.BehindBest)),
            ("with", f => string.Join(' ', f.Parameters.Select(p => $"{p.Key}={p.Value}")))));
        console.WriteLine(report.Reason);
    }

    private static string Text(Difference difference) => string.Create(CultureInfo.InvariantCulture, $"{difference.Mean:G3} ± {difference.StandardError:G2}");
}
