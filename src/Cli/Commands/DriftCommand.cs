using System.CommandLine;
using MlOps.Cli.Api;
using MlOps.Cli.Files;
using MlOps.Cli.Output;
using MlOps.Domain.Monitoring;
using MlOps.Learning.Statistics;
using Spectre.Console;
using Table = MlOps.Learning.Tables.Table;

namespace MlOps.Cli.Commands;

/// <summary>`mlops drift`: compare two files, or see (and with --check make) the drift report of a served model.</summary>
internal static class DriftCommand
{
    private static readonly Argument<string?> Model = new("model") { Description = "A served model: its newest drift report.", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<bool> Check = new("--check") { Description = "Check the model now instead of showing the newest report." };
    private static readonly Option<bool> End = new("--end") { Description = "Stop watching the model, until a pipeline run asks for it again." };
    private static readonly Option<string?> Reference = new("--reference") { Description = "The file to compare with." };
    private static readonly Option<string?> Current = new("--current") { Description = "The file that may have drifted." };
    private static readonly Option<Dictionary<string, string>> Types = KeyValue.Option("--column-type", "How a column is compared: zip=categorical, age=numerical.");

    public static Command Create()
    {
        var command = new Verb("drift", "Has the data moved away from what the model was trained on?", "a check or an --end that was asked for may have been done; nothing else was changed") { Model, Check, End, Reference, Current, Types, TableFile.Delimiter };
        command.SetAction(RunAsync);
        return command;
    }

    private static Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken) =>
        (parsed.GetValue(Model), parsed.GetValue(Reference), parsed.GetValue(Current)) switch
        {
            ({ } model, null, null) when parsed.GetValue(End) => EndAsync(parsed, model, cancellationToken),
            ({ } model, null, null) => OfModelAsync(parsed, model, cancellationToken),
            (null, { } reference, { } current) => OfFilesAsync(parsed, reference, current, cancellationToken),
            _ => throw MlOpsException.Invalid("drift-usage", "say either a model (mlops drift churn) or two files (mlops drift --reference FILE --current FILE)"),
        };

    private static async Task<int> OfFilesAsync(ParseResult parsed, string reference, string current, CancellationToken cancellationToken)
    {
        Table before = await TableFile.ReadAsync(reference, ColumnTypes.Parse(parsed.GetRequiredValue(Types)), 0, parsed.GetValue(TableFile.Delimiter), cancellationToken);
        Table after = await TableFile.ReadLikeAsync(current, before.Columns.ToDictionary(c => c.Name, c => c.Type), parsed.GetValue(TableFile.Delimiter), cancellationToken);
        var options = new DriftOptions();
        parsed.Output().Show(DriftAnalysis.Of(TableDrift.Compare(before, after, options), options), Write);
        return ExitCodes.Done;
    }

    private static async Task<int> EndAsync(ParseResult parsed, string model, CancellationToken cancellationToken)
    {
        await using ApiClient api = ApiConnection.Open(parsed);
        await api.DeleteAsync($"api/v1/drift/{ApiCommand.Segment(model)}/policy", cancellationToken);
        parsed.Output().Show(new { model, watched = false }, (console, _) => console.WriteLine($"{model} is no longer watched"));
        return ExitCodes.Done;
    }

    private static async Task<int> OfModelAsync(ParseResult parsed, string model, CancellationToken cancellationToken)
    {
        await using ApiClient api = ApiConnection.Open(parsed);
        string path = $"api/v1/drift/{ApiCommand.Segment(model)}";
        FullReport report = parsed.GetValue(Check)
            ? await api.PostAsync<FullReport>(path, null, cancellationToken)
            : await api.GetAsync<FullReport>(path, cancellationToken);
        parsed.Output().Show(report, (console, full) =>
        {
            console.Write(Tables.Facts(
                ("report", full.Report.Id),
                ("model", full.Report.Version is { } v ? $"{full.Report.Model}/{v}" : full.Report.Model),
                ("reference", full.Report.Reference),
                ("window", $"{Tables.Cell(full.Report.From)} to {Tables.Cell(full.Report.To)}, {full.Report.Rows} rows"),
                ("status", full.Report.Status),
                ("summary", full.Report.Summary)));
            if (full.Drift is { } drift)
                Write(console, drift);
        });
        return ExitCodes.Done;
    }

    private static void Write(IAnsiConsole console, DriftAnalysis drift)
    {
        console.Write(Tables.Of(
            drift.Columns.OrderByDescending(c => c.Drifted).ThenByDescending(c => c.Score ?? -1),
            ("column", c => c.Name),
            ("type", c => c.Type),
            ("test", c => c.Test),
            ("effect", c => c.Score),
            ("p (adjusted)", c => c.PValue),
            ("psi", c => c.Psi),
            ("drifted", c => c.Drifted),
            ("", c => c.Reason)));
        console.WriteLine($"{drift.Columns.Count(c => c.Drifted)} of {drift.Columns.Count} columns drifted ({drift.Share:P0}, alarm from {drift.ShareThreshold:P0}): {(drift.DatasetDrift ? "DRIFT" : "no drift")}");
    }
}
