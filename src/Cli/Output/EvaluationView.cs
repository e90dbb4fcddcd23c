using MlOps.Learning.Metrics;
using Spectre.Console;

namespace MlOps.Cli.Output;

/// <summary>An evaluation for people: the metrics, and of few classes how well each is told from the rest.</summary>
internal static class EvaluationView
{
    private const int FewClasses = 30;

    public static void Write(IAnsiConsole console, Evaluation evaluation)
    {
        console.Write(evaluation.Intervals is { } intervals ? WithBounds(evaluation, intervals) : Tables.Of(evaluation.Metrics, ("metric", m => m.Key), ("value", m => m.Value)));
        if (evaluation.Classes is { Count: > 0 and <= FewClasses } classes)
            console.Write(OfClasses(classes));
        foreach ((string name, string reason) in evaluation.Absent)
            console.WriteLine($"{name}: not computed, {reason}");
    }

    private static Table WithBounds(Evaluation evaluation, IReadOnlyDictionary<string, MetricInterval> intervals) => Tables.Of(
        evaluation.Metrics,
        ("metric", m => m.Key),
        ("value", m => m.Value),
        ("from", m => intervals.GetValueOrDefault(m.Key)?.Low),
        ("to (95 %)", m => intervals.GetValueOrDefault(m.Key)?.High));

    private static Table OfClasses(IReadOnlyList<ClassReport> classes) => Tables.Of(
        classes,
        ("class", c => c.Class),
        ("rows", c => c.Rows),
        ("predicted", c => c.Predicted),
        ("precision", c => c.Precision),
        ("recall", c => c.Recall),
        ("f1", c => c.F1));
}
