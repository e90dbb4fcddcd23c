using System.CommandLine;
using MlOps.Cli.Api;
using MlOps.Cli.Output;
using MlOps.Domain.Batch;

namespace MlOps.Cli.Commands;

/// <summary>`mlops predict --dataset`: starts a batch prediction, follows it and fetches its output.</summary>
internal static class BatchStart
{
    public static readonly Option<string?> Dataset = new("--dataset") { Description = "Score this data set version instead of a file: NAME, or NAME@VERSION." };

    private static readonly BatchRequest Usual = new("", "");

    private static readonly Option<BatchColumns?> Columns = Choice<BatchColumns>("--columns", "Batch: the data set's columns that stand before the predictions, keys, all or none (default: keys, those that the model neither reads nor predicts).");
    private static readonly Option<string[]> Keys = new("--key") { Description = "Batch: a column to keep, instead of all that are keys; may be repeated.", Arity = ArgumentArity.ZeroOrMore };
    private static readonly Option<BatchFormat?> Format = Choice<BatchFormat>("--format", "Batch: csv or jsonl (default: csv).");
    private static readonly Option<BadRowPolicy?> OnBadRow = Choice<BadRowPolicy>("--on-bad-row", "Batch: fail, or skip and list rows that the model cannot score (default: fail).");
    private static readonly Option<int?> PartitionRows = Number("--partition-rows", "Batch: rows a part (default: 100000).");
    private static readonly Option<int?> Parallel = Number("--parallel", "Batch: parts scored at once (default: 4).");
    private static readonly Option<int?> KeepDays = Number("--keep-days", "Batch: days that the output is kept (default: 30).");
    private static readonly Option<string?> SaveAs = new("--as") { Description = "Batch: make the output the next version of this data set." };
    private static readonly Option<string?> RequestKey = new("--once") { Description = "Batch: a key; the same key again is the same batch prediction." };
    private static readonly Option<bool> Detach = new("--detach") { Description = "Batch: do not wait for the end." };

    private static readonly IReadOnlyList<Option> Options = [Columns, Keys, Format, OnBadRow, PartitionRows, Parallel, KeepDays, SaveAs, RequestKey, Detach];

    public static void AddOptions(Command command)
    {
        command.Options.Add(Dataset);
        foreach (Option option in Options)
            command.Options.Add(option);
    }

    /// <exception cref="MlOpsException">Invalid <c>predict-batch-only</c>.</exception>
    public static void RefuseOptions(ParseResult parsed)
    {
        if (Options.FirstOrDefault(o => parsed.GetResult(o) is { Implicit: false }) is { } option)
            throw MlOpsException.Invalid("predict-batch-only", $"{option.Name} goes with --dataset; a file is scored here and now");
    }

    public static async Task<int> RunAsync(ParseResult parsed, string model, string dataset, string? destination, CancellationToken cancellationToken)
    {
        if (destination is not null && parsed.GetValue(Detach))
            throw MlOpsException.Invalid("predict-detached-out", "--out needs the end, which --detach does not wait for; leave one of them out, and fetch later with `mlops batch output BATCH --out PATH`");
        if (destination is not null)
            BatchDownload.Check(destination);
        await using ApiClient api = ApiConnection.Open(parsed);
        CommandOutput output = parsed.Output();
        BatchPrediction batch = await api.PostAsync<BatchPrediction>("api/v1/batch-predictions", Request(parsed, model, dataset), cancellationToken, parsed.GetValue(RequestKey));
        if (!parsed.GetValue(Detach))
            batch = await BatchFollower.FollowAsync(api, batch, output, cancellationToken);
        string? written = destination is not null && batch.State == BatchState.Succeeded
            ? await BatchDownload.WriteAsync(api, batch.Id, destination, cancellationToken)
            : null;
        output.Show(batch, (console, b) => BatchViews.WriteEnd(console, b, written));
        return batch.State is BatchState.Failed or BatchState.Cancelled ? ExitCodes.Failed : ExitCodes.Done;
    }

    private static BatchRequest Request(ParseResult parsed, string model, string dataset) => new(model, dataset)
    {
        Columns = parsed.GetValue(Columns) ?? Usual.Columns,
        Keys = parsed.GetValue(Keys) ?? [],
        Format = parsed.GetValue(Format) ?? Usual.Format,
        OnBadRow = parsed.GetValue(OnBadRow) ?? Usual.OnBadRow,
        PartitionRows = parsed.GetValue(PartitionRows) ?? Usual.PartitionRows,
        Parallel = parsed.GetValue(Parallel) ?? Usual.Parallel,
        KeepDays = parsed.GetValue(KeepDays) ?? Usual.KeepDays,
        SaveAs = parsed.GetValue(SaveAs),
    };

    private static Option<T?> Choice<T>(string name, string description)
        where T : struct, Enum => new(name) { Description = description, CustomParser = result => OptionValue.Choice<T>()(result) };

    private static Option<int?> Number(string name, string description) =>
        new(name) { Description = description, CustomParser = OptionValue.OptionalNumber<int>("a whole number from 1", n => n > 0) };
}
