using System.CommandLine;
using MlOps.Api.Pipelines;
using MlOps.Api.Rollout;
using MlOps.Cli.Api;
using MlOps.Cli.Files;
using MlOps.Cli.Output;
using MlOps.Domain.Pipelines;
using MlOps.Server;

namespace MlOps.Cli.Commands;

/// <summary>`mlops pipeline run | list | show | approve | cancel | suspend | resume | rerun`.</summary>
internal static class PipelineCommand
{
    private static readonly Argument<string> File = new("file") { Description = "The pipeline file." };
    private static readonly Argument<string?> Pipeline = new("pipeline") { Description = "Only the runs of this one.", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Argument<string> Id = new("run") { Description = "The run's id." };
    private static readonly Option<string?> Input = new("--input") { Description = "First add this file as a version of the pipeline's data set." };
    private static readonly Option<bool> Detach = new("--detach") { Description = "Do not wait for the end." };
    private static readonly Option<string?> Reason = new("--reason") { Description = "Kept with the decision." };
    private static readonly Option<bool> Refuse = new("--refuse") { Description = "Refuse instead." };

    public static Command Create() => new("pipeline", "From a data set version to a rolled-out model.")
    {
        ApiCommand.Create("run", "Register the file and run it.", [File, Input, TableFile.Delimiter, Detach], RunAsync, mayMakeDirectory: true, whenStopped: Verb.Kept),
        ApiCommand.Create("list", "Runs, newest first.", [Pipeline], ListAsync),
        ApiCommand.Create("show", "A run and its steps.", [Id], ShowAsync),
        ApiCommand.Create("approve", "Approve (or --refuse) a run that waits for it.", [Id, Refuse, Reason], ApproveAsync, whenStopped: Verb.Kept),
        ApiCommand.Create("cancel", "End a run; what it has registered stays.", [Id, Reason], (parsed, api, output, cancellationToken) => SteerAsync("cancel", parsed, api, output, cancellationToken), whenStopped: Verb.Undecided),
        ApiCommand.Create("suspend", "Hold a run: the step under way comes to its end, no other begins.", [Id], (parsed, api, output, cancellationToken) => SteerAsync("suspend", parsed, api, output, cancellationToken), whenStopped: Verb.Undecided),
        ApiCommand.Create("resume", "Let a suspended run go on.", [Id, Detach], (parsed, api, output, cancellationToken) => GoOnAsync("resume", parsed, api, output, cancellationToken), whenStopped: Verb.Kept),
        ApiCommand.Create("rerun", "Go on from the failed step.", [Id, Detach], (parsed, api, output, cancellationToken) => GoOnAsync("rerun", parsed, api, output, cancellationToken), whenStopped: Verb.Kept),
    };

    private static async Task<int> RunAsync(ParseResult parsed, ApiClient api, CommandOutput output, CancellationToken cancellationToken)
    {
        string file = parsed.GetRequiredValue(File);
        string yaml = await TextFile.ReadAsync(file, cancellationToken);
        ValidPipeline? valid = await CheckAsync(parsed, api, yaml, file, cancellationToken);
        if (parsed.GetValue(Input) is { } input)
            await DatasetCommand.UploadAsync(api, valid!.Dataset, input, DatasetCommand.Query(parsed), cancellationToken);
        PipelineRun run = await api.SendAsync<PipelineRun>(
            HttpMethod.Post, $"api/v1/pipelines?run=true&file={PipelineCheck.Name(file)}", PipelineCheck.Content(yaml), cancellationToken);
        return await FollowAsync(run, parsed, api, output, cancellationToken);
    }

    /// <summary>Before anything is made or sent; null where registering says as much.</summary>
    private static async Task<ValidPipeline?> CheckAsync(ParseResult parsed, ApiClient api, string yaml, string file, CancellationToken cancellationToken)
    {
        // No directory for a bad file: where there is none yet, this command will be its server.
        if (parsed.GetValue(GlobalOptions.Server) is null && !new DataDirectory(parsed.GetRequiredValue(GlobalOptions.Data)).Exists)
            return PipelineCheck.Here(parsed, yaml, file);
        return parsed.GetValue(Input) is null ? null : await PipelineCheck.ByServerAsync(api, yaml, file, cancellationToken);
    }

    private static async Task<int> GoOnAsync(string verb, ParseResult parsed, ApiClient api, CommandOutput output, CancellationToken cancellationToken)
    {
        PipelineRun run = await api.PostAsync<PipelineRun>(Route(parsed.GetRequiredValue(Id), verb), null, cancellationToken);
        return await FollowAsync(run, parsed, api, output, cancellationToken);
    }

    private static async Task<int> FollowAsync(PipelineRun run, ParseResult parsed, ApiClient api, CommandOutput output, CancellationToken cancellationToken)
    {
        if (!parsed.GetValue(Detach))
            run = await PipelineFollower.FollowAsync(api, run, output, cancellationToken);
        output.Show(run, PipelineViews.WriteEnd);
        return ExitCodeOf(run);
    }

    private static async Task<int> ListAsync(ParseResult parsed, ApiClient api, CommandOutput output, CancellationToken cancellationToken)
    {
        string path = parsed.GetValue(Pipeline) is { } name ? $"api/v1/pipelines/{ApiCommand.Segment(name)}/runs" : "api/v1/pipeline-runs";
        IReadOnlyList<PipelineRun> runs = await api.ListAsync<PipelineRun>(path, cancellationToken);
        output.Show(runs, (console, all) => console.Write(Tables.Of(
            all,
            ("run", r => r.Id),
            ("why", r => r.Trigger.Reason),
            ("state", r => r.State),
            ("started", r => r.StartedAt),
            ("took", r => r.EndedAt - r.StartedAt),
            ("model", r => r.Result?.Version is { } v ? $"{r.Result.Model}/{v}" : r.Result?.Model),
            ("result", r => r.Result?.Reason ?? r.Failure?.Message))));
        return ExitCodes.Done;
    }

    private static async Task<int> ShowAsync(ParseResult parsed, ApiClient api, CommandOutput output, CancellationToken cancellationToken)
    {
        output.Show(await api.GetAsync<PipelineRun>(Route(parsed.GetRequiredValue(Id)), cancellationToken), PipelineViews.Write);
        return ExitCodes.Done;
    }

    private static async Task<int> ApproveAsync(ParseResult parsed, ApiClient api, CommandOutput output, CancellationToken cancellationToken)
    {
        var answer = new ApprovalAnswer(!parsed.GetValue(Refuse), parsed.GetValue(Reason));
        PipelineRun run = await api.PostAsync<PipelineRun>(Route(parsed.GetRequiredValue(Id), "approve"), answer, cancellationToken);
        run = await PipelineFollower.FollowAsync(api, run, output, cancellationToken, pastApproval: true);
        output.Show(run, PipelineViews.WriteEnd);
        return answer.Approved ? ExitCodeOf(run) : ExitCodes.Done;
    }

    private static async Task<int> SteerAsync(string verb, ParseResult parsed, ApiClient api, CommandOutput output, CancellationToken cancellationToken)
    {
        PipelineRun run = await api.PostAsync<PipelineRun>(Route(parsed.GetRequiredValue(Id), verb), new Decision(parsed.GetValue(Reason)), cancellationToken);
        output.Show(run, PipelineViews.Write);
        return ExitCodes.Done;
    }

    private static int ExitCodeOf(PipelineRun run) =>
        run.State is PipelineRunState.Rejected or PipelineRunState.Failed or PipelineRunState.Cancelled ? ExitCodes.Failed : ExitCodes.Done;

    private static string Route(string id, string verb = "") => $"api/v1/pipeline-runs/{ApiCommand.Segment(id)}{(verb.Length == 0 ? "" : "/" + verb)}";
}
