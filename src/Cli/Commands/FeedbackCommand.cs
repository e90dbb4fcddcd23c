using System.CommandLine;
using System.Net.Http.Headers;
using MlOps.Api.Serving;
using MlOps.Cli.Api;
using MlOps.Cli.Files;
using MlOps.Cli.Output;
using MlOps.Domain.Serving.Log;
using Spectre.Console;

namespace MlOps.Cli.Commands;

/// <summary>`mlops feedback`: send what turned out to be true, or see how much of it could be joined.</summary>
internal static class FeedbackCommand
{
    private static readonly Argument<string> Model = new("model") { Description = "The model that predicted." };
    private static readonly Option<string?> File = new("--file") { Description = "CSV, TSV, JSON Lines or a JSON array with requestId and truth or reward (0 to 1), and where wanted row and time." };
    private static readonly Option<int?> Days = new("--days") { Description = "Without a file: how far back to look (default 7).", CustomParser = OptionValue.OptionalNumber<int>("1 to 3650", n => n is >= 1 and <= 3_650) };

    public static Command Create() => ApiCommand.Create(
        "feedback", "Send the truth about predictions, or their rewards, or see how much of it could be joined.", [Model, File, TableFile.Delimiter, Days], RunAsync,
        whenStopped: "part of the file may have been taken: run it again, the same truth counts once");

    private static Task<int> RunAsync(ParseResult parsed, ApiClient api, CommandOutput output, CancellationToken cancellationToken) =>
        parsed.GetValue(File) is { } file ? SendAsync(parsed, file, api, output, cancellationToken) : ShowAsync(parsed, api, output, cancellationToken);

    private static async Task<int> SendAsync(ParseResult parsed, string file, ApiClient api, CommandOutput output, CancellationToken cancellationToken)
    {
        await using FileStream stream = TableFile.Open(file);
        char? delimiter = parsed.GetValue(TableFile.Delimiter) ?? (file.EndsWith(".tsv", StringComparison.OrdinalIgnoreCase) ? '\t' : null);
        string query = delimiter is { } d ? $"&delimiter={Uri.EscapeDataString(d.ToString())}" : "";
        var content = new StreamContent(stream);
        content.Headers.ContentType = new MediaTypeHeaderValue(MediaType(file));
        FeedbackAnswer answer = await api.SendAsync<FeedbackAnswer>(
            HttpMethod.Post, $"api/v1/feedback?model={ApiCommand.Segment(parsed.GetRequiredValue(Model))}{query}", content, cancellationToken);
        output.Show(answer, (console, a) =>
        {
            console.WriteLine($"{a.Accepted} accepted, {a.Repeated} known already, {a.Rejected} rejected");
            foreach (FeedbackProblem problem in a.Problems)
                console.WriteLine(problem.Message);
        });
        return answer.Rejected == 0 ? ExitCodes.Done : ExitCodes.Failed;
    }

    private static async Task<int> ShowAsync(ParseResult parsed, ApiClient api, CommandOutput output, CancellationToken cancellationToken)
    {
        string path = $"api/v1/feedback/{ApiCommand.Segment(parsed.GetRequiredValue(Model))}{(parsed.GetValue(Days) is { } days ? $"?days={days}" : "")}";
        output.Show(await api.GetAsync<FeedbackSummary>(path, cancellationToken), (console, s) => console.Write(Tables.Facts(
            ("since", s.From), ("predictions logged", s.Predictions), ("rows with feedback", s.Truths), ("matched", s.Matched), ("unmatched", s.Unmatched))));
        return ExitCodes.Done;
    }

    private static string MediaType(string file) => file.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? "application/json"
        : TableFile.FormatOf(file) == "jsonl" ? "application/x-ndjson"
        : "text/csv";
}
