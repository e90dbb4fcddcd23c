using MlOps.Cli.Output;
using Spectre.Console;

namespace MlOps.Cli.Moving;

/// <summary>A move's report for people.</summary>
internal static class MoveViews
{
    private const int MostNotes = 20;

    public static void Write(IAnsiConsole console, MoveReport report)
    {
        console.Write(Tables.Of(
            report.Experiments,
            ("experiment", e => e.Name),
            ("becomes", e => e.Target),
            (report.DryRun ? "would copy" : "copied", e => e.Copied),
            ("there already", e => e.Unchanged),
            ("deleted there", e => e.Left),
            ("failed", e => e.Failed),
            ("points", e => e.Points),
            ("files", e => e.Files),
            ("bytes", e => e.Bytes)));
        foreach (string note in report.Notes.Take(MostNotes))
            console.WriteLine($"note: {note}");
        if (report.Notes.Count > MostNotes)
            console.WriteLine($"note: and {report.Notes.Count - MostNotes} more like these; --json lists all");
        foreach (MoveProblem problem in report.Problems)
            console.WriteLine($"not copied: {Place(problem)}: {problem.Message}");
        if (report.Problems.Count > 0)
            console.WriteLine("the same command tries these again, and copies nothing twice");
    }

    private static string Place(MoveProblem problem) => string.Join(", ", new[]
    {
        $"experiment '{problem.Experiment}'", problem.Run is null ? null : $"run {problem.Run}", problem.File is null ? null : $"file '{problem.File}'",
    }.OfType<string>());
}
