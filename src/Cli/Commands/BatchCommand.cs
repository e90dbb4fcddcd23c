using System.CommandLine;
using MlOps.Api.Rollout;
using MlOps.Cli.Api;
using MlOps.Cli.Output;
using MlOps.Domain.Batch;

namespace MlOps.Cli.Commands;

/// <summary>`mlops batch list | show | cancel | rerun | output`; `mlops predict --dataset` starts one.</summary>
internal static class BatchCommand
{
    private static readonly Argument<string?> Model = new("model") { Description = "Only those of this model.", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Argument<string> Id = new("batch") { Description = "The batch prediction's id." };
    private static readonly Option<string?> Reason = new("--reason") { Description = "Kept with the decision." };
    private static readonly Option<bool> Detach = new("--detach") { Description = "Do not wait for the end." };
    private static readonly Option<string> Out = new("--out") { Description = "A file for all parts as one, or a folder for each by itself.", Required = true };

    public static Command Create() => new("batch", "Batch predictions: data set versions scored by `mlops predict --dataset`.")
    {
        ApiCommand.Create("list", "Batch predictions, newest first.", [Model], ListAsync),
        ApiCommand.Create("show", "How far one is.", [Id], ShowAsync),
        ApiCommand.Create("cancel", "End one.", [Id, Reason], CancelAsync, whenStopped: Verb.Undecided),
        ApiCommand.Create("rerun", "Go on with one that failed or was cancelled.", [Id, Detach], RerunAsync, whenStopped: Verb.Undecided),
        ApiCommand.Create("output", "Fetch the predictions.", [Id, Out], OutputAsync, whenStopped: Verb.Unwritten),
    };

    public static string Route(string id, string verb = "") => $"api/v1/batch-predictions/{ApiCommand.Segment(id)}{(verb.Length == 0 ? "" : "/" + verb)}";

    private static async Task<int> ListAsync(ParseResult parsed, ApiClient api, CommandOutput output, CancellationToken cancellationToken)
    {
        string filter = parsed.GetValue(Model) is { } model ? $"?model={ApiCommand.Segment(model)}" : "";
        output.Show(await api.ListAsync<BatchPrediction>("api/v1/batch-predictions" + filter, cancellationToken), BatchViews.Write);
        return ExitCodes.Done;
    }

    private static async Task<int> ShowAsync(ParseResult parsed, ApiClient api, CommandOutput output, CancellationToken cancellationToken)
    {
        output.Show(await api.GetAsync<BatchPrediction>(Route(parsed.GetRequiredValue(Id)), cancellationToken), BatchViews.Write);
        return ExitCodes.Done;
    }

    private static async Task<int> CancelAsync(ParseResult parsed, ApiClient api, CommandOutput output, CancellationToken cancellationToken)
    {
        var decision = new Decision(parsed.GetValue(Reason));
        output.Show(await api.PostAsync<BatchPrediction>(Route(parsed.GetRequiredValue(Id), "cancel"), decision, cancellationToken), BatchViews.Write);
        return ExitCodes.Done;
    }

    private static async Task<int> RerunAsync(ParseResult parsed, ApiClient api, CommandOutput output, CancellationToken cancellationToken)
    {
        BatchPrediction batch = await api.PostAsync<BatchPrediction>(Route(parsed.GetRequiredValue(Id), "rerun"), null, cancellationToken);
        if (!parsed.GetValue(Detach))
            batch = await BatchFollower.FollowAsync(api, batch, output, cancellationToken);
        output.Show(batch, (console, b) => BatchViews.WriteEnd(console, b, null));
        return batch.State is BatchState.Failed or BatchState.Cancelled ? ExitCodes.Failed : ExitCodes.Done;
    }

    private static async Task<int> OutputAsync(ParseResult parsed, ApiClient api, CommandOutput output, CancellationToken cancellationToken)
    {
        string destination = parsed.GetRequiredValue(Out);
        BatchDownload.Check(destination);
        string id = parsed.GetRequiredValue(Id);
        string written = await BatchDownload.WriteAsync(api, id, destination, cancellationToken);
        output.Show(await api.GetAsync<BatchPrediction>(Route(id), cancellationToken), (console, batch) => BatchViews.WriteEnd(console, batch, written));
        return ExitCodes.Done;
    }
}
