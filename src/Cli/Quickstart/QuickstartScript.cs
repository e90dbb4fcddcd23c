using System.Text;
using MlOps.Api.Datasets;
using MlOps.Api.Rollout;
using MlOps.Cli.Api;
using MlOps.Cli.Commands;
using MlOps.Cli.Output;
using MlOps.Domain.Monitoring;
using MlOps.Domain.Pipelines;
using MlOps.Domain.Registry;
using MlOps.Domain.Rollout;
using MlOps.Learning.Tables;
using Spectre.Console;
using Table = MlOps.Learning.Tables.Table;

namespace MlOps.Cli.Quickstart;

/// <summary>
/// The life of one model in eight scenes, told to a running server over nothing but its HTTP API.
/// </summary>
internal sealed class QuickstartScript(ApiClient api, HttpClient http, CommandOutput output)
{
    private const string Model = "telco-churn";
    private const int RequestsPerSecond = 80;
    private const int OrdinaryRequests = 240;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(45);

    public async Task<QuickstartReport> RunAsync(CancellationToken cancellationToken)
    {
        SampleData data = await SampleData.LoadAsync(cancellationToken);

        Scene("1", "add data");
        UploadAnswer added = await AddDataAsync(data.History, cancellationToken);

        Scene("2", "run the pipeline: split, train, evaluate, gates, register, roll out");
        PipelineRun first = await RunPipelineAsync(cancellationToken);

        Scene("3", "serve: real customers over HTTP (Open Inference Protocol v2)");
        await using var traffic = new TrafficGenerator(http, Model);
        traffic.Send(data.Live, RequestsPerSecond);
        await UntilAsync("ordinary traffic was answered", () => Task.FromResult(traffic.Sent >= OrdinaryRequests || traffic.Failed > 0), cancellationToken);
        traffic.Check();
        (double p50, double p95) = traffic.Latency();
        Tell($"{traffic.Sent} predictions, {traffic.Failed} failed, p50 {p50:0.0} ms, p95 {p95:0.0} ms at the client");

        Scene("4", "ground truth comes back");
        var feedback = new FeedbackSender(api, traffic, Model);
        Tell($"{await feedback.SendAsync(cancellationToken)} answers joined by request id");

        Scene("5", "the traffic drifts: a campaign brings new customers on monthly contracts");
        traffic.Send(data.Drifted, RequestsPerSecond);
        Alert alert = await DriftAsync(feedback, cancellationToken);

        Scene("6", "the alert retrains the model on old data plus what was served and labelled since");
        PipelineRun retrain = await RetrainAsync(first.Id, feedback, cancellationToken);

        Scene("7", "the new version takes the traffic step by step, watched");
        RolloutView rollout = await WatchRolloutAsync(retrain, cancellationToken);
        retrain = await PipelineEndAsync(retrain.Id, cancellationToken);
        if (retrain.State != PipelineRunState.Succeeded)
            throw Failed($"the retrained version was not promoted: {retrain.Result?.Reason ?? retrain.Failure?.Message}");

        Scene("8", "where the champion comes from");
        ModelLineageView lineage = await api.GetAsync<ModelLineageView>($"api/v1/models/{Model}/versions/champion/lineage", cancellationToken);
        if (!output.IsJson)
            ModelViews.Write(output.Console, lineage);
        traffic.Check();
        return new QuickstartReport(
            added.Version.Ref.ToString(), first, alert, retrain, rollout, lineage,
            new TrafficReport(traffic.Sent, traffic.Failed, p50, p95, traffic.ByVersion.ToDictionary(), feedback.Sent));
    }

    private async Task<UploadAnswer> AddDataAsync(Table history, CancellationToken cancellationToken)
    {
        using var csv = new MemoryStream();
        await CsvWriter.WriteAsync(history, csv, cancellationToken);
        csv.Position = 0;
        UploadAnswer added = await api.SendAsync<UploadAnswer>(
            HttpMethod.Post, $"api/v1/datasets/{Model}/versions?source=telco-churn.csv", new StreamContent(csv), cancellationToken);
        Tell($"{added.Version.Ref}: {added.Version.Rows} rows, {added.Version.Schema.Columns.Count} columns, sha256 {added.Version.Digest[..12]}");
        return added;
    }

    private async Task<PipelineRun> RunPipelineAsync(CancellationToken cancellationToken)
    {
        string yaml = await File.ReadAllTextAsync(Path.Combine(SampleData.Folder, "quickstart.pipeline.yaml"), cancellationToken);
        PipelineRun run = await api.SendAsync<PipelineRun>(
            HttpMethod.Post, "api/v1/pipelines?run=true&file=quickstart.pipeline.yaml", new StringContent(yaml, Encoding.UTF8, "text/yaml"), cancellationToken);
        run = await PipelineFollower.FollowAsync(api, run, output, cancellationToken);
        if (run.State != PipelineRunState.Succeeded)
            throw Failed($"the first pipeline run ended as {run.State}: {run.Result?.Reason ?? run.Failure?.Message}");
        return run;
    }

    /// <summary>Keeps sending ground truth, as a real system does, until the drift check has raised its alert.</summary>
    private async Task<Alert> DriftAsync(FeedbackSender feedback, CancellationToken cancellationToken)
    {
        Alert? alert = null;
        await UntilAsync("a drift alert was raised", async () =>
        {
            await feedback.SendAsync(cancellationToken);
            alert = (await api.ListAsync<Alert>($"api/v1/alerts?model={Model}", cancellationToken)).FirstOrDefault(a => a.Kind == ReportKind.Drift);
            return alert is not null;
        }, cancellationToken);
        Tell($"[red]alert[/]: {Markup.Escape(alert!.Message)}");
        Tell($"drifted most: {Markup.Escape(string.Join(", ", alert.Drifted.Take(6)))}");
        return alert;
    }

    private async Task<PipelineRun> RetrainAsync(string firstRun, FeedbackSender feedback, CancellationToken cancellationToken)
    {
        PipelineRun? retrain = null;
        await UntilAsync("the retraining began", async () =>
        {
            await feedback.SendAsync(cancellationToken);
            retrain = (await api.ListAsync<PipelineRun>("api/v1/pipeline-runs", cancellationToken)).FirstOrDefault(r => r.Id != firstRun);
            return retrain is not null;
        }, cancellationToken);
        Tell($"run {retrain!.Id}, because of {Tables.Cell(retrain.Trigger.Reason)}, on {retrain.Trigger.Dataset}");
        retrain = await PipelineFollower.FollowAsync(api, retrain, output, cancellationToken, until: "rollout");
        if (retrain.HasEnded && retrain.State != PipelineRunState.Succeeded)
            throw Failed($"the retraining ended as {retrain.State}: {retrain.Result?.Reason ?? retrain.Failure?.Message}");
        return retrain;
    }

    private async Task<RolloutView> WatchRolloutAsync(PipelineRun retrain, CancellationToken cancellationToken)
    {
        RolloutView? view = null;
        int told = 0;
        await UntilAsync("the rollout ended", async () =>
        {
            view = await api.GetAsync<RolloutView>($"api/v1/rollouts/{Model}", cancellationToken);
            if (view.Rollout.Champion is null)
                return false;
            foreach (RolloutDecision decision in view.Decisions.Skip(told))
                Tell(Line(decision));
            told = view.Decisions.Count;
            return !view.Rollout.IsOpen;
        }, cancellationToken);
        return view!;
    }

    private async Task<PipelineRun> PipelineEndAsync(string id, CancellationToken cancellationToken)
    {
        PipelineRun? run = null;
        await UntilAsync("the pipeline ended", async () =>
        {
            run = await api.GetAsync<PipelineRun>($"api/v1/pipeline-runs/{id}", cancellationToken);
            return run.HasEnded;
        }, cancellationToken);
        return run!;
    }

    private static string Line(RolloutDecision decision)
    {
        string numbers = decision.Canary is { } canary
            ? $" [dim](new: {canary.Requests} requests, {canary.Errors} errors, p95 {canary.P95 ?? 0:0.0} ms; champion: {decision.Champion?.Requests ?? 0} requests, p95 {decision.Champion?.P95 ?? 0:0.0} ms)[/]"
            : "";
        return $"{decision.Percent,5:0.#} %  {Markup.Escape(decision.Reason)}{numbers}";
    }

    private static async Task UntilAsync(string what, Func<Task<bool>> condition, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        using var beat = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        try
        {
            while (!await condition())
                await beat.WaitForNextTickAsync(patience.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Failed($"waited {Patience.TotalSeconds:0} s and still not: {what}");
        }
    }

    private void Scene(string number, string title) => output.Line($"{Environment.NewLine}[bold]{number}. {Markup.Escape(title)}[/]");

    private void Tell(string markup) => output.Line($"  {markup}");

    private static MlOpsException Failed(string what) => MlOpsException.Unavailable("quickstart-failed", $"quickstart: {what}");
}
