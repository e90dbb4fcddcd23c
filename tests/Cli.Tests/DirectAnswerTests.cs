using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text;
using MlOps.Contracts;
using MlOps.Server;

namespace MlOps.Cli.Tests;

/// <summary>What a server answers before its routing, it answers as it does behind it.</summary>
public sealed class DirectAnswerTests : IAsyncLifetime
{
    private readonly TempDirectory _folder = new();
    private readonly HttpClient _http = new();
    private MlOpsServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await MlOpsServer.StartAsync(new ServerOptions { Data = new DataDirectory(_folder["data"]), Urls = ["http://127.0.0.1:0"], Timers = false }, default);
        _http.BaseAddress = new Uri(_server.Urls[0]);
    }

    public async Task DisposeAsync()
    {
        _http.Dispose();
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Predict_BySpellingsOfItsPath_IsAnsweredAlike()
    {
        (int Status, string Body) direct = await PostAsync("/predict");

        Assert.Equal(400, direct.Status);
        Assert.Contains("none is served yet", direct.Body, StringComparison.Ordinal);
        Assert.Equal(direct, await PostAsync("/PREDICT/"));
        // A connection serves both kinds, one after the other.
        Assert.Equal(direct, await PostAsync("/predict"));
    }

    [Fact]
    public async Task Predict_WhileSomebodyListensToRequests_IsMeasuredWithItsRoute()
    {
        var routes = new ConcurrentBag<object?>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == "http.server.request.duration")
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<double>((_, _, tags, _) =>
        {
            foreach (KeyValuePair<string, object?> tag in tags)
            {
                if (tag.Key == "http.route")
                    routes.Add(tag.Value);
            }
        });
        listener.Start();

        await PostAsync("/predict");
        // Counted when its answer is out; the next request of the connection comes after that.
        await PostAsync("/ping");

        Assert.Contains("/predict", routes);
    }

    private async Task<(int Status, string Body)> PostAsync(string path)
    {
        using var body = new StringContent("""{"features": [[1]]}""", Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await _http.PostAsync(new Uri(path, UriKind.Relative), body);
        string id = answer.Headers.GetValues("x-request-id").Single();
        string text = await answer.Content.ReadAsStringAsync();
        return ((int)answer.StatusCode, text.Replace(id, "ID", StringComparison.Ordinal).Replace("/PREDICT/", "/predict", StringComparison.Ordinal));
    }
}
