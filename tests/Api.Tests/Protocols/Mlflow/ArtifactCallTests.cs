using System.Text;
using System.Text.Json;
using MlOps.Contracts;
using MlOps.Domain.Experiments;
using MlOps.Domain.Gc;

namespace MlOps.Api.Tests.Protocols.Mlflow;

[Collection(MlflowTests.Name)]
public sealed class ArtifactCallTests(MlflowServer mlflow)
{
    private const string Proxy = "/api/2.0/mlflow-artifacts/artifacts";
    private const string Mpu = "/api/2.0/mlflow-artifacts/mpu";

    [Fact]
    public async Task Run_UploadedThroughTheProxy_IsTheSameEverywhere()
    {
        string experiment = await mlflow.NewExperimentAsync();
        string run = await mlflow.NewRunAsync(experiment);
        string root = $"{Proxy}/{experiment}/{run}/artifacts";

        Assert.Equal("{}", (await PutAsync($"{root}/plots/Gr%C3%B6%C3%9Fe%20%25.svg", "<svg/>")).Body);
        await PutAsync($"{root}/a.txt", "12345");

        ApiAnswer file = await mlflow.Api.GetAsync($"{root}/plots/Gr%C3%B6%C3%9Fe%20%25.svg");
        Assert.Equal(("<svg/>", "image/svg+xml", "nosniff"), (file.Body, file.ContentType, file.Header("X-Content-Type-Options")));
        Assert.Equal(["a.txt", "plots/Größe %.svg"], (await mlflow.Api.Platform.Experiments.ListArtifactsAsync(run, default)).Select(a => a.Path));
        Assert.Equal("""{"files":[{"path":"a.txt","is_dir":false,"file_size":5},{"path":"plots","is_dir":true}]}""", (await mlflow.Api.GetAsync($"{Proxy}?path={experiment}/{run}/artifacts")).Body);
        Assert.Equal($$"""{"root_uri":"mlflow-artifacts:/{{experiment}}/{{run}}/artifacts","files":[{"path":"plots/Größe %.svg","is_dir":false,"file_size":6}]}""", (await mlflow.GetAsync($"artifacts/list?run_id={run}&path=plots")).Body);
        Assert.Equal($$"""{"root_uri":"mlflow-artifacts:/{{experiment}}/{{run}}/artifacts"}""", (await mlflow.GetAsync($"artifacts/list?run_id={run}&path=a.txt")).Body);
        Assert.Equal("12345", (await mlflow.Api.GetAsync($"/get-artifact?run_uuid={run}&path=a.txt")).Body);

        await mlflow.Api.SendAsync(HttpMethod.Delete, $"{root}/plots");
        (await mlflow.Api.GetAsync($"{root}/plots/Gr%C3%B6%C3%9Fe%20%25.svg")).MlflowError(404, "RESOURCE_DOES_NOT_EXIST");
        await mlflow.Api.SendAsync(HttpMethod.Delete, root);
        Assert.Empty(await mlflow.Api.Platform.Experiments.ListArtifactsAsync(run, default));
    }

    [Fact]
    public async Task Upload_ToARunThatGarbageCollectionRemovesMeanwhile_IsTold()
    {
        string experiment = await mlflow.NewExperimentAsync();
        string run = await mlflow.NewRunAsync(experiment);
        // The body is sent once the server reads it, and by then it knows the run.
        using var http = new HttpClient(new SocketsHttpHandler { Expect100ContinueTimeout = Eventually.Patience }) { Timeout = Eventually.Patience };
        using var request = new HttpRequestMessage(HttpMethod.Put, new Uri(mlflow.Api.Http.BaseAddress!, $"{Proxy}/{experiment}/{run}/artifacts/late.bin"));
        request.Headers.ExpectContinue = true;
        request.Content = new BodyAfter(async () =>
        {
            await mlflow.OkAsync("runs/delete", $$"""{"run_id":"{{run}}"}""");
            Assert.Equal(GcOutcome.Removed, Assert.Single((await mlflow.Api.Platform.Garbage.RunAsync(new GcRequest { RunIds = [run] }, default)).Items).Outcome);
        });

        using HttpResponseMessage answer = await http.SendAsync(request);

        Assert.Equal(404, (int)answer.StatusCode);
        Assert.Contains("is removed for good", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bytes=2-4", 206, "234", "bytes 2-4/10")]
    [InlineData("bytes=7-", 206, "789", "bytes 7-9/10")]
    [InlineData("bytes=-4", 206, "6789", "bytes 6-9/10")]
    [InlineData("bytes=-40", 206, "0123456789", "bytes 0-9/10")]
    [InlineData("bytes=8-100", 206, "89", "bytes 8-9/10")]
    [InlineData("bytes=10-12", 416, "", "bytes */10")]
    [InlineData("bytes=-0", 416, "", "bytes */10")]
    [InlineData("bytes=0-1,4-5", 200, "0123456789", "")]
    [InlineData("bytes=4-2", 200, "0123456789", "")]
    [InlineData("lines=1-2", 200, "0123456789", "")]
    public async Task Download_OfARange_IsThatPart(string range, int status, string expected, string contentRange)
    {
        string experiment = await mlflow.NewExperimentAsync();
        string path = $"{Proxy}/{experiment}/{await mlflow.NewRunAsync(experiment)}/artifacts/ten.txt";
        await PutAsync(path, "0123456789");

        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("Range", range);
        using HttpResponseMessage answer = await mlflow.Api.Http.SendAsync(request);

        Assert.Equal((status, expected, contentRange), ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(), answer.Content.Headers.ContentRange?.ToString() ?? ""));
    }

    [Fact]
    public async Task Upload_BelowAFile_IsRefused()
    {
        string experiment = await mlflow.NewExperimentAsync();
        string root = $"{Proxy}/{experiment}/{await mlflow.NewRunAsync(experiment)}/artifacts";
        await PutAsync($"{root}/a", "1");
        await PutAsync($"{root}/b/c/d", "1");

        (await PutAsync($"{root}/a/x/y", "2")).MlflowError(409, "RESOURCE_CONFLICT");
        (await PutAsync($"{root}/b/c/d/e", "2")).MlflowError(409, "RESOURCE_CONFLICT");
        Assert.Equal("{}", (await PutAsync($"{root}/b/c/d", "3")).Body);
        Assert.Equal("{}", (await PutAsync($"{root}/ab", "4")).Body);
    }

    [Fact]
    public async Task Upload_WithTheNameOfAFolder_IsRefusedWhileAnythingIsInIt()
    {
        string experiment = await mlflow.NewExperimentAsync();
        string run = await mlflow.NewRunAsync(experiment), root = $"{Proxy}/{experiment}/{run}/artifacts";
        await PutAsync($"{root}/a/b/c", "1");
        await PutAsync($"{root}/ab/c", "1");

        foreach (string folder in new[] { "a", "a/b" })
        {
            Assert.Contains("is a folder", (await PutAsync($"{root}/{folder}", "2")).MlflowError(409, "RESOURCE_CONFLICT"), StringComparison.Ordinal);
            (await mlflow.Api.SendAsync(HttpMethod.Post, $"/ajax-api/2.0/mlflow/upload-artifact?run_uuid={run}&path={folder}", new StringContent("2"))).MlflowError(409, "RESOURCE_CONFLICT");
        }

        (await mlflow.Api.PostTextAsync($"{Mpu}/create/{experiment}/{run}/artifacts/a", """{"path":"b","num_parts":2}""")).MlflowError(409, "RESOURCE_CONFLICT");
        (await PutAsync(root, "2")).MlflowError(400, "INVALID_PARAMETER_VALUE");
        Assert.Equal(["a/b/c", "ab/c"], (await mlflow.Api.Platform.Experiments.ListArtifactsAsync(run, default)).Select(a => a.Path));
        await mlflow.Api.SendAsync(HttpMethod.Delete, $"{root}/a");
        Assert.Equal("{}", (await PutAsync($"{root}/a", "3")).Body);
        Assert.Equal("3", (await mlflow.Api.GetAsync($"{root}/a")).Body);
    }

    [Fact]
    public async Task RunOfAPipeline_ItsArtifactsAreInTheTree()
    {
        ExperimentTracker tracker = mlflow.Api.Platform.Experiments;
        Run run = await tracker.StartRunAsync(new RunStart("telco-8:train", "ours too", "gbdt", RunLineage.None, RunChanges.NoTexts), default);
        await tracker.LogArtifactAsync(run.Id, "model/m.bin", new MemoryStream([1, 2, 3]), default);

        JsonElement files = (await mlflow.OkAsync("artifacts/list?run_id=telco-8:train&path=model")).GetProperty("files");

        Assert.Equal("""[{"path":"model/m.bin","is_dir":false,"file_size":3}]""", files.GetRawText());
        Assert.Equal("\u0001\u0002\u0003", (await mlflow.Api.GetAsync($"{Proxy}/{run.ExperimentId}/telco-8:train/artifacts/model/m.bin")).Body);
    }

    [Fact]
    public async Task Run_OfAnExperimentWithAPlaceOfItsOwn_IsFoundThere()
    {
        string experiment = (await mlflow.OkAsync("experiments/create", """{"name":"placed","artifact_location":"mlflow-artifacts:/teams/crm"}""")).GetProperty("experiment_id").GetString()!;
        string run = await mlflow.NewRunAsync(experiment);

        await PutAsync($"{Proxy}/teams/crm/{run}/artifacts/a.txt", "1");
        await PutAsync($"{Proxy}/{experiment}/{run}/artifacts/b.txt", "2");

        Assert.Equal(["a.txt"], (await mlflow.Api.Platform.Experiments.ListArtifactsAsync(run, default)).Select(a => a.Path));
    }

    [Fact]
    public async Task Tree_OutsideOfRuns_TakesFilesToo()
    {
        await PutAsync($"{Proxy}/7/models/m-1/artifacts/MLmodel", "flavors:");

        Assert.Equal("""{"files":[{"path":"artifacts","is_dir":true}]}""", (await mlflow.Api.GetAsync($"{Proxy}?path=7/models/m-1")).Body);
        Assert.Equal("flavors:", (await mlflow.Api.GetAsync($"{Proxy}/7/models/m-1/artifacts/MLmodel")).Body);
    }

    [Fact]
    public async Task Path_OfManyParts_IsStored()
    {
        string path = string.Join('/', Enumerable.Repeat(new string('d', 200), 3)) + "/f.txt";

        await PutAsync($"{Proxy}/long/{path}", "deep");

        Assert.Equal("deep", (await mlflow.Api.GetAsync($"{Proxy}/long/{path}")).Body);
        (await PutAsync($"{Proxy}/long/{path}/{path}", "deeper")).MlflowError(400, "INVALID_PARAMETER_VALUE");
    }

    [Theory]
    [InlineData(10 << 20, 200, false)]
    [InlineData((10 << 20) + 1, 400, false)]
    [InlineData(10 << 20, 200, true)]
    [InlineData((10 << 20) + 1, 400, true)]
    public async Task Upload_OfTheWebUi_MayHaveTenMebibytes(int bytes, int status, bool isChunked)
    {
        string run = await mlflow.NewRunAsync();

        ApiAnswer answer = await mlflow.Api.SendAsync(HttpMethod.Post, $"/ajax-api/2.0/mlflow/upload-artifact?run_uuid={run}&path=up/f.bin", isChunked ? new ChunkedContent(bytes) : new ByteArrayContent(new byte[bytes]));

        Assert.Equal(status, answer.Status);
        Assert.Equal(status == 200 ? 1 : 0, (await mlflow.Api.Platform.Experiments.ListArtifactsAsync(run, default)).Count);
    }

    [Theory]
    [InlineData("a%2F..%2F..%2Fb")]
    [InlineData("%252e%252e/b")]
    [InlineData("a%5Cb")]
    [InlineData("C:%5Cb")]
    [InlineData("a//b")]
    public async Task Path_ThatWouldEscape_IsRefused(string path)
    {
        (await PutAsync($"{Proxy}/{path}", "x")).MlflowError(400, "INVALID_PARAMETER_VALUE");
        (await mlflow.Api.GetAsync($"{Proxy}/{path}")).MlflowError(400, "INVALID_PARAMETER_VALUE");
        (await mlflow.Api.GetAsync($"{Proxy}?path={path}")).MlflowError(400, "INVALID_PARAMETER_VALUE");
    }

    [Theory]
    [InlineData("..")]
    [InlineData("a/../../b")]
    [InlineData("%2e%2e/b")]
    [InlineData("/etc/passwd")]
    public async Task PathOfARun_ThatWouldEscape_IsRefused(string path)
    {
        string run = await mlflow.NewRunAsync();

        (await mlflow.GetAsync($"artifacts/list?run_id={run}&path={path}")).MlflowError(400, "INVALID_PARAMETER_VALUE");
        (await mlflow.Api.GetAsync($"/get-artifact?run_id={run}&path={path}")).MlflowError(400, "INVALID_PARAMETER_VALUE");
    }

    [Fact]
    public async Task File_LargerThanTheHostTakesOfOrdinaryBodies_IsStored()
    {
        byte[] content = new byte[30_000_001];

        ApiAnswer answer = await mlflow.Api.SendAsync(HttpMethod.Put, $"{Proxy}/large/file.bin", new ByteArrayContent(content));

        Assert.Equal((200, "{}"), (answer.Status, answer.Body));
        Assert.Equal($$"""{"files":[{"path":"file.bin","is_dir":false,"file_size":{{content.Length}} }]}""".Replace(" ", "", StringComparison.Ordinal), (await mlflow.Api.GetAsync($"{Proxy}?path=large")).Body);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    public async Task Delete_OfTheWholeTree_IsRefused(string path)
    {
        await PutAsync($"{Proxy}/kept/file", "x");

        Assert.InRange((await mlflow.Api.SendAsync(HttpMethod.Delete, Proxy + path)).Status, 400, 405);
        Assert.Equal("x", (await mlflow.Api.GetAsync($"{Proxy}/kept/file")).Body);
    }

    [Fact]
    public async Task DeletedRun_TakesNoFile()
    {
        string experiment = await mlflow.NewExperimentAsync();
        string run = await mlflow.NewRunAsync(experiment);
        await mlflow.OkAsync("runs/delete", $$"""{"run_id":"{{run}}"}""");

        (await PutAsync($"{Proxy}/{experiment}/{run}/artifacts/a", "1")).MlflowError(400, "INVALID_PARAMETER_VALUE");
    }

    [Theory]
    [InlineData("mlflow-artifacts:/a%20b")]
    [InlineData("mlflow-artifacts:/a?x=1")]
    public async Task Location_ThatReadsDifferentlyOnceDecoded_IsRefused(string location) =>
        (await mlflow.PostAsync("experiments/create", $$"""{"name":"located {{location}}","artifact_location":"{{location}}"}""")).MlflowError(400, "INVALID_PARAMETER_VALUE");

    [Fact]
    public async Task RunOfAPipeline_IsNotRewrittenByClients()
    {
        ExperimentTracker tracker = mlflow.Api.Platform.Experiments;
        Run run = await tracker.StartRunAsync(new RunStart("p-9-train", "pipelines", "gbdt", new RunLineage(PipelineRun: "p-9"), RunChanges.NoTexts), default);
        await tracker.LogArtifactAsync(run.Id, "model/m.bin", new MemoryStream([1]), default);
        string file = $"{Proxy}/{run.ExperimentId}/p-9-train/artifacts/model/m.bin";

        (await PutAsync(file, "2")).MlflowError(403, "PERMISSION_DENIED");
        (await mlflow.Api.SendAsync(HttpMethod.Delete, file)).MlflowError(403, "PERMISSION_DENIED");
        (await mlflow.PostAsync("runs/log-metric", """{"run_id":"p-9-train","key":"auc","value":1,"timestamp":1}""")).MlflowError(403, "PERMISSION_DENIED");
        (await mlflow.PostAsync("runs/update", """{"run_id":"p-9-train","status":"FINISHED"}""")).MlflowError(403, "PERMISSION_DENIED");
        (await mlflow.PostAsync("runs/delete", """{"run_id":"p-9-train"}""")).MlflowError(403, "PERMISSION_DENIED");
        await mlflow.OkAsync("runs/set-tag", """{"run_id":"p-9-train","key":"mlflow.note.content","value":"good"}""");
        await tracker.EndRunAsync(run.Id, RunStatus.Finished, null, default);
        await mlflow.OkAsync("runs/delete", """{"run_id":"p-9-train"}""");
        Assert.Equal("\u0001", (await mlflow.Api.GetAsync(file)).Body);
    }

    private Task<ApiAnswer> PutAsync(string path, string content) => mlflow.Api.SendAsync(HttpMethod.Put, path, new ByteArrayContent(Encoding.UTF8.GetBytes(content)));

    /// <summary>A body that does not say its length.</summary>
    private sealed class ChunkedContent(int bytes) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context) => stream.WriteAsync(new byte[bytes]).AsTask();

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }

    /// <summary>Before it something happens.</summary>
    private sealed class BodyAfter(Func<Task> happens) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context)
        {
            await happens();
            await stream.WriteAsync(new byte[2_000]);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 2_000;
            return true;
        }
    }
}
