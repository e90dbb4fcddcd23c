using System.Globalization;
using System.Text;
using MlOps.Api.Datasets;
using MlOps.Api.Pipelines;
using MlOps.Contracts;
using MlOps.Domain.Experiments;
using MlOps.Domain.Pipelines;
using MlOps.Domain.Registry;

namespace MlOps.Api.Tests.Pipelines;

/// <summary>The main loop as a client sees it: a document, a file, a run, an approval, a served model.</summary>
public sealed class PipelineLoopTests : ApiTest
{
    private const string Document = """
        name: stay
        dataset: customers
        task: binary
        target: churn
        trainers:
          - { name: straight, use: linear }
        metric: auc
        gates:
          absolute:
            - { metric: auc, atLeast: 0.8 }
        registration:
          model: stay
          approval: manual
        rollout:
          strategy: direct
          bake: 0s
        trigger:
          newData: true
        """;

    [Fact]
    public async Task NewVersion_OfATriggersDataSet_BecomesAServedModelOnceApproved()
    {
        Assert.Equal(200, (await RegisterAsync(Document)).Status);

        UploadAnswer upload = (await UploadAsync(Rows())).Read<UploadAnswer>();
        UploadAnswer again = (await UploadAsync(Rows())).Read<UploadAnswer>();

        string id = Assert.Single(upload.StartedPipelines);
        Assert.Equal((false, id), (again.Created, Assert.Single(again.StartedPipelines)));
        await UntilAsync(id, PipelineRunState.WaitingForApproval);
        (await Api.GetAsync("/api/v1/endpoints/stay")).Problem(404, "endpoint-missing");

        ApiAnswer approved = await Api.PostAsync($"/api/v1/pipeline-runs/{id}/approve", new ApprovalAnswer(true, "looks right"));

        Assert.Equal(200, approved.Status);
        PipelineRun run = await UntilAsync(id, PipelineRunState.Succeeded);
        Assert.All(run.Steps, s => Assert.True(s.State is StepState.Succeeded or StepState.Skipped, $"{s.Name} is {s.State}"));
        await AssertServedAsync(run);
        (await Api.SendAsync(HttpMethod.Post, $"/api/v1/pipeline-runs/{id}/approve")).Problem(409, "pipeline-run-not-waiting");
        (await Api.SendAsync(HttpMethod.Post, $"/api/v1/pipeline-runs/{id}/rerun")).Problem(409, "instance-not-failed");
    }

    [Fact]
    public async Task Run_WhoseGateFails_IsRejectedWithTheValueAndTheLimit()
    {
        await UploadAsync(Rows(noise: true));

        PipelineRun started = (await RegisterAsync(Document, "?run=true&file=stay.yaml")).Read<PipelineRun>();
        PipelineRun run = await UntilAsync(started.Id, PipelineRunState.Rejected);

        Assert.Contains("auc", run.Result!.Reason, StringComparison.Ordinal);
        (await Api.GetAsync("/api/v1/models/stay")).Problem(404, "model-missing");
        Assert.Equal(started.Id, (await Api.GetAsync("/api/v1/pipelines/stay/runs")).Json.GetProperty("items")[0].GetProperty("id").GetString());
        Assert.Equal(1, (await Api.GetAsync("/api/v1/pipeline-runs")).Json.GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task Run_CancelledWhileSuspended_SaysByWhomAndWhy()
    {
        await UploadAsync(Rows());
        PipelineRun started = (await RegisterAsync(Document, "?run=true")).Read<PipelineRun>();
        await UntilAsync(started.Id, PipelineRunState.WaitingForApproval);
        PipelineRun held = (await Api.SendAsync(HttpMethod.Post, $"/api/v1/pipeline-runs/{started.Id}/suspend")).Read<PipelineRun>();
        Assert.Equal((PipelineRunState.Suspended, null), (held.State, held.EndedAt));
        (await Api.SendAsync(HttpMethod.Post, $"/api/v1/pipeline-runs/{started.Id}/approve")).Problem(409, "pipeline-run-not-waiting");

        await Api.PostAsync($"/api/v1/pipeline-runs/{started.Id}/cancel", new { reason = "not today" });

        PipelineRun run = await UntilAsync(started.Id, PipelineRunState.Cancelled);
        Assert.Contains("cancelled by local: not today", run.Failure!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("id,contract\n1,a\n2,b\n", "churn")]
    [InlineData("tenure,churn\n1,Yes\n2,Yes\n3,Yes\n", "Yes")]
    public async Task Run_OnDataWithoutATargetOrWithOneClass_FailsAndRegistersNothing(string csv, string named)
    {
        await UploadAsync(csv);

        PipelineRun started = (await RegisterAsync(Document, "?run=true")).Read<PipelineRun>();

        PipelineRun run = await UntilAsync(started.Id, PipelineRunState.Failed, PipelineRunState.Rejected);
        Assert.Contains(named, run.Failure?.Message ?? run.Result!.Reason, StringComparison.Ordinal);
        (await Api.GetAsync("/api/v1/models/stay")).Problem(404, "model-missing");
    }

    private async Task AssertServedAsync(PipelineRun run)
    {
        ModelLineageView lineage = (await Api.GetAsync("/api/v1/models/stay/versions/champion/lineage")).Read<ModelLineageView>();
        Assert.Equal(("customers@1", run.Id), (lineage.Sources.Dataset, lineage.Sources.PipelineRun));
        Assert.Equal(1.0, Assert.Single(lineage.Deployments).Share);
        Run tracked = (await Api.GetAsync($"/api/v1/runs/{Uri.EscapeDataString(lineage.RunId)}")).Read<Run>();
        Assert.Equal(RunStatus.Finished, tracked.Status);
        ApiAnswer answer = await Api.PostTextAsync("/invocations", """{"dataframe_records": [{"tenure": 1, "contract": "a"}, {"tenure": 59, "contract": "b"}]}""");
        Assert.Equal("""{"predictions":["Yes","No"]}""", answer.Body);
    }

    private Task<ApiAnswer> RegisterAsync(string yaml, string query = "") => Api.PostTextAsync($"/api/v1/pipelines{query}", yaml, "text/yaml");

    private Task<ApiAnswer> UploadAsync(string csv) => Api.PostTextAsync("/api/v1/datasets/customers/versions", csv, "text/csv");

    private async Task<PipelineRun> UntilAsync(string id, params PipelineRunState[] states)
    {
        PipelineRun? run = null;
        await Eventually.TrueAsync(async () =>
        {
            run = (await Api.GetAsync($"/api/v1/pipeline-runs/{id}")).Read<PipelineRun>();
            return states.Contains(run.State) || run.HasEnded;
        }, $"run {id} is {string.Join(" or ", states)}");
        Assert.True(states.Contains(run!.State), $"{run.State}: {run.Failure?.Message ?? run.Result?.Reason}");
        return run;
    }

    /// <summary>Long tenures stay; with noise nothing says who leaves.</summary>
    private static string Rows(bool noise = false)
    {
        var csv = new StringBuilder("tenure,contract,churn\n");
        for (int i = 0; i < 400; i++)
        {
            bool leaves = noise ? i * 7919 % 13 < 6 : i % 60 < 30;
            csv.Append(CultureInfo.InvariantCulture, $"{i % 60},{(i % 3 == 0 ? "a" : "b")},{(leaves ? "Yes" : "No")}\n");
        }

        return csv.ToString();
    }
}
