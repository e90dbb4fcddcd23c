using MlOps.Domain.Pipelines;
using Spectre.Console;

namespace MlOps.Cli.Output;

/// <summary>How people see pipeline runs.</summary>
internal static class PipelineViews
{
    /// <summary>One line of markup: a mark, the step, how long it took, what came of it.</summary>
    public static string StepLine(PipelineStep step)
    {
        string took = step is { StartedAt: { } start, EndedAt: { } end } ? Tables.Cell(end - start) : "";
        return $"  {Mark(step.State)} {Markup.Escape(step.Name),-18} [dim]{took,8}[/]  {Markup.Escape(step.Summary ?? "")}";
    }

    public static void Write(IAnsiConsole console, PipelineRun run)
    {
        console.Write(Tables.Facts(
            ("run", run.Id),
            ("pipeline", run.Pipeline),
            ("document", run.Document),
            ("why", $"{Tables.Cell(run.Trigger.Reason)}, by {run.Trigger.By}"),
            ("started", run.StartedAt),
            ("ended", run.EndedAt)));
        foreach (PipelineStep step in run.Steps)
            console.MarkupLine(StepLine(step));
        WriteEnd(console, run);
    }

    public static void WriteEnd(IAnsiConsole console, PipelineRun run)
    {
        foreach (Domain.Evaluation.GateVerdict gate in run.Result?.Gates ?? [])
        {
            if (!gate.Passed)
                console.MarkupLine($"  [red]gate {Markup.Escape(gate.Gate)}[/]: {Markup.Escape(gate.Reason)}");
        }

        console.MarkupLine(run.State switch
        {
            PipelineRunState.Succeeded => $"[green]succeeded[/]: {Markup.Escape(run.Result!.Reason)}",
            PipelineRunState.Rejected => $"[yellow]{Tables.Cell(run.Result!.End)}[/]: {Markup.Escape(run.Result.Reason)}",
            PipelineRunState.Failed => $"[red]failed[/]: {Markup.Escape(run.Failure?.Message ?? "")}; mlops pipeline rerun {run.Id} goes on from the failed step",
            PipelineRunState.Cancelled => $"[yellow]cancelled[/]: {Markup.Escape(run.Failure?.Message ?? "")}",
            PipelineRunState.WaitingForApproval => $"[yellow]waits for approval[/]: mlops pipeline approve {run.Id}",
            PipelineRunState.Suspended => $"[yellow]suspended[/]: mlops pipeline resume {run.Id}",
            _ => $"run {run.Id} goes on; its rollout needs traffic: mlops serve",
        });
    }

    private static string Mark(StepState state) => state switch
    {
        StepState.Succeeded => "[green]✓[/]",
        StepState.Failed => "[red]✗[/]",
        StepState.Running => "[blue]…[/]",
        StepState.Waiting => "[yellow]⏸[/]",
        _ => "[dim]-[/]",
    };
}
