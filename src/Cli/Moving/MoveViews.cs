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
            ("logged models", e => e.LoggedModels.Copied),
            ("traces", e => e.Traces.Copied),
            ("points", e => e.Points),
            ("files", e => e.Files),
            ("bytes", e => e.Bytes)));
        if (report.Models.Count > 0)
        {
            console.Write(Tables.Of(
                report.Models,
                ("registered model", m => m.Name),
                (report.DryRun ? "would copy" : "versions copied", m => m.Copied),
                ("there already", m => m.Unchanged),
                ("deleted there", m => m.Left),
                ("failed", m => m.Failed)));
        }

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
        problem.Experiment is null ? null : $"experiment '{problem.Experiment}'",
        problem.Run is null ? null : $"run {problem.Run}",
        problem.LoggedModel is null ? null : $"logged model {problem.LoggedModel}",
        problem.Trace is null ? null : $"trace {problem.Trace}",
        problem.Model is null ? null : $"registered model '{problem.Model}'",
        problem.Version is null ? null : $"version {problem.Version}",
        problem.File is null ? null : $"file '{problem.File}'",
    }.OfType<string>());
}
