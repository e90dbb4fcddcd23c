using MlOps.Domain.Batch;
using Spectre.Console;

namespace MlOps.Cli.Output;

/// <summary>How people see batch predictions.</summary>
internal static class BatchViews
{
    public static void Write(IAnsiConsole console, IReadOnlyList<BatchPrediction> batches) => console.Write(Tables.Of(
        batches,
        ("batch", b => b.Id),
        ("state", b => b.State),
        ("model", b => $"{b.Model}/{b.Version}"),
        ("over", b => b.Dataset),
        ("rows", b => Rows(b)),
        ("started", b => b.StartedAt),
        ("took", b => b.EndedAt - b.StartedAt)));

    public static void Write(IAnsiConsole console, BatchPrediction batch)
    {
        console.Write(Tables.Facts(
            ("batch", batch.Id),
            ("state", batch.State),
            ("model", $"{batch.Model}/{batch.Version}"),
            ("over", batch.Dataset),
            ("rows", Rows(batch)),
            ("rejected", batch.Rejected),
            ("parts", batch.Parts is { } parts ? $"{batch.PartsDone} of {parts}" : null),
            ("started", $"{Tables.Cell(batch.StartedAt)}, by {batch.By}"),
            ("ended", batch.EndedAt),
            ("saved as", batch.Output?.SavedAs),
            ("output", batch.DeletedAt is { } deleted ? $"deleted {Tables.Cell(deleted)}" : $"kept until {Tables.Cell(batch.KeptUntil)}"),
            ("failure", batch.Failure?.Message)));
    }

    /// <param name="written">Where the output was written to, or null.</param>
    public static void WriteEnd(IAnsiConsole console, BatchPrediction batch, string? written)
    {
        console.MarkupLine(batch.State switch
        {
            BatchState.Succeeded => $"[green]{batch.Output!.Rows} predictions[/]{Rejected(batch)} in {Markup.Escape(written ?? $"batch prediction {batch.Id}")}",
            BatchState.Failed => $"[red]failed[/]: {Markup.Escape(batch.Failure?.Message ?? "")}; mlops batch rerun {batch.Id} goes on from the failed part",
            BatchState.Cancelled => $"[yellow]cancelled[/]: {Markup.Escape(batch.Failure?.Message ?? "")}",
            _ => $"batch prediction {batch.Id} goes on: mlops batch show {batch.Id}",
        });
        if (batch.State == BatchState.Succeeded && written is null)
            console.WriteLine($"fetch them: mlops batch output {batch.Id} --out FILE");
        if (batch.Output?.SavedAs is { } version)
            console.WriteLine($"saved as {version}");
    }

    private static string Rejected(BatchPrediction batch) => batch.Rejected > 0 ? $", [yellow]{batch.Rejected} rows rejected[/]," : "";

    private static string Rows(BatchPrediction batch) => batch.Rows is { } rows ? $"{batch.RowsDone} of {rows}" : "";
}
