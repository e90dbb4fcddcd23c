using MlOps.Api.Serving;
using MlOps.Api.Tests.Protocols;
using MlOps.Contracts;
using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Models;
using MlOps.Learning.Tables;

namespace MlOps.Api.Tests.Serving;

/// <summary>How an endpoint takes requests, and how a request is refused in the words of each protocol.</summary>
[Collection(ServedModelsTests.Name)]
public sealed class EndpointSettingsTests(ServedModels models)
{
    private const string Settings = "/api/v1/endpoints/price/settings";

    [Fact]
    public async Task Settings_ArePutShownAndRemoved()
    {
        ApiAnswer put = await models.Api.PutAsync(Settings, new { concurrency = new { requests = 8, waiting = 16 }, batching = new { maxRows = 32 } });
        EndpointSettings shown = (await models.Api.GetAsync("/api/v1/endpoints/price")).Read<EndpointView>().Endpoint.Settings!;
        EndpointSettings removed = (await models.Api.PutAsync(Settings, new { })).Read<EndpointSettings>();

        Assert.Equal(200, put.Status);
        Assert.Equal((new ConcurrencyLimit(8, 16), new MicroBatching(32, 2), "local"), (shown.Concurrency, shown.Batching, shown.ChangedBy));
        Assert.Equal((null, null), (removed.Concurrency, removed.Batching));
    }

    [Theory]
    [InlineData("""{"concurrency": {"requests": 0}}""", "endpoint-settings", "concurrency.requests is 0, allowed are 1 to 10000")]
    [InlineData("""{"concurency": {"requests": 1}}""", "json-invalid", "concurency")]
    public async Task Settings_ThatCannotBe_AreRefused(string body, string code, string expected)
    {
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");

        Assert.Contains(expected, (await models.Api.SendAsync(HttpMethod.Put, Settings, content)).Problem(400, code), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Loaded_SaysWhatIsHeldAndHowMuchMayBe()
    {
        await models.Api.PostTextAsync("/predict?model=flag", """{"features": [9]}""");

        ModelMemory memory = (await models.Api.GetAsync("/api/v1/serving/models")).Read<ModelMemory>();

        LoadedModel flag = Assert.Single(memory.Models, m => m.Versions.Contains("flag/1"));
        Assert.True(flag is { HasTraffic: true, Bytes: > 500, LoadedAt: not null });
        Assert.InRange(memory.Bytes, flag.Bytes, memory.Budget);
        Assert.Equal("flag/1", (await models.Api.GetAsync("/api/v1/models/flag")).Json.GetProperty("loaded")[0].GetProperty("versions")[0].GetString());
    }

    [Fact]
    public async Task Predict_PastTheLimit_IsRefusedInEachProtocolsWords()
    {
        await models.Api.PutAsync(Settings, new { concurrency = new { requests = 1 } });
        await InForceAsync(limited: true);
        using var rows = new RowsThatWait();
        Task<PredictionResult> first = Task.Run(() => models.Api.Platform.Predictor.PredictAsync(new PredictionCall("price", null, "first", null), rows, CancellationToken.None));
        await rows.Begun.WaitAsync(Eventually.Patience);
        try
        {
            Check(await PostAsync("/api/v1/predictions/price", """{"rows": [{"carat": 1}]}""")).Problem(503, "model-busy");
            Check(await PostAsync("/predict?model=price", """{"features": [1]}""")).Problem(503, "model-busy");
            Check(await PostAsync("/v2/models/price/infer", """{"inputs": [{"name": "carat", "shape": [1], "datatype": "FP64", "data": [1]}]}""")).Error(503);
            Check(await PostAsync("/v1/models/price:predict", """{"instances": [[1]]}""")).Error(503);
            Check(await PostAsync("/v1/models/price/versions/1:predict", """{"instances": [[1]]}""")).Error(503);
            Check(await PostAsync("/invocations?model=price", """{"inputs": [[1]]}""")).MlflowError(503, "TEMPORARILY_UNAVAILABLE");
        }
        finally
        {
            rows.Release();
        }

        Assert.Equal(1, (await first).Version);
        Assert.Equal(200, (await PostAsync("/predict?model=price", """{"features": [1]}""")).Status);
        ApiAnswer endpoint = await models.Api.GetAsync("/api/v1/endpoints/price");
        Assert.Equal((6, 0), (Number(endpoint, "refused"), Number(endpoint, "errors")));
        await models.Api.PutAsync(Settings, new { });
        await InForceAsync(limited: false);
    }

    /// <summary>Requests follow the stored settings within seconds.</summary>
    private async Task InForceAsync(bool limited)
    {
        using var patience = new CancellationTokenSource(Eventually.Patience);
        while ((await models.Api.Platform.Router.StateAsync("price", patience.Token)).Settings?.Concurrency is not null != limited)
            await Task.Delay(20, patience.Token);
    }

    private static ApiAnswer Check(ApiAnswer answer)
    {
        Assert.Equal("1", answer.Header("Retry-After"));
        Assert.Contains("model 'price' answers 1 requests at the same time", answer.Body, StringComparison.Ordinal);
        return answer;
    }

    private static int Number(ApiAnswer endpoint, string name) =>
        endpoint.Json.GetProperty("versions")[0].GetProperty("numbers").GetProperty(name).GetInt32();

    private Task<ApiAnswer> PostAsync(string path, string body) => models.Api.PostTextAsync(path, body);

    /// <summary>A request that takes its place, and keeps it until it is told to go on.</summary>
    private sealed class RowsThatWait : IRequestRows, IDisposable
    {
        private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ManualResetEventSlim _released = new();

        public Task Begun => _begun.Task;

        public void Release() => _released.Set();

        public bool TryRead(FeatureRows rows)
        {
            _begun.TrySetResult();
            _released.Wait();
            return false;
        }

        public Table Bind(RequestBinder binder) => binder.BindRows([[1.0]], null);

        public void Dispose() => _released.Dispose();
    }
}
