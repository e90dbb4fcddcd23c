using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using System.Text;
using MlOps.Contracts;
using MlOps.Domain;
using MlOps.Server;
using MlOps.Server.Direct;

namespace MlOps.Cli.Tests;

/// <summary>What a server answers before its routing, it answers as it does behind it, by whichever thread.</summary>
[Collection(AloneTests.Name)]
public sealed class DirectAnswerTests
{
    private const string Row = """{"features": [80, 1]}""";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Predict_BySpellingsOfItsPath_IsAnsweredAlike_AndOnlyTheOneAheadOfRouting(bool sharesThread)
    {
        await using NumbersServer numbers = await NumbersServer.StartAsync(sharesThread);
        using var http = new HttpClient { BaseAddress = numbers.Url };
        using var answered = new Measured("mlops.requests.direct", "thread");

        (int Status, string Body) direct = await PostAsync(http, "/predict", Row);
        Assert.Equal((200, """{"prediction":"Yes"}"""), direct);
        await answered.TimesAsync(1);
        Assert.Equal(direct, await PostAsync(http, "/PREDICT/", Row));
        // A connection serves both kinds, one after the other.
        Assert.Equal(direct, await PostAsync(http, "/predict", Row));
        await answered.TimesAsync(2);
    }

    [Theory]
    [InlineData("""{"features": [80]}""", "request-shape")]
    [InlineData("""{"features": [80, "much"]}""", "much")]
    [InlineData("""{"features": [80, 1""", "line")]
    public async Task Predict_OfWhatIsWrong_SaysTheSameByBothWays(string body, string named)
    {
        await using NumbersServer numbers = await NumbersServer.StartAsync(sharesThread: true);
        using var http = new HttpClient { BaseAddress = numbers.Url };

        (int Status, string Body) direct = await PostAsync(http, "/predict", body);

        Assert.Equal(400, direct.Status);
        Assert.Contains(named, direct.Body, StringComparison.Ordinal);
        Assert.Equal(direct, await PostAsync(http, "/PREDICT/", body));
    }

    [Fact]
    public async Task Predict_WhereSocketsHaveAThread_IsAnsweredByIt_AndWhatWaitsIsNot()
    {
        await using NumbersServer numbers = await NumbersServer.StartAsync(sharesThread: true);
        using var http = new HttpClient { BaseAddress = numbers.Url };
        using var answered = new Measured("mlops.requests.direct", "thread");

        // The first have to look for version and model, and for who may ask; and where the machine stood still for a moment, the pool answers for a while.
        int asked = 0;
        await Eventually.TrueAsync(async () =>
        {
            await PostAsync(http, "/predict", Row);
            await answered.TimesAsync(++asked);
            return answered.Tags.Last() is "sockets";
        }, "the sockets' thread answers");

        await PostAsync(http, "/predict", """{"features": [[80, 1], [3, 1]], "explain": true}""");
        await answered.TimesAsync(asked + 1);
        Assert.Equal("pool", answered.Tags.Last());
        string large = $$"""{"features": [{{string.Join(',', Enumerable.Repeat("[80, 1]", 50_000))}}]}""";
        (int status, string predictions) = await PostAsync(http, "/predict", large);
        Assert.Equal((200, 50_000), (status, predictions.Split("Yes").Length - 1));
        await answered.TimesAsync(asked + 2);
        Assert.Equal("pool", answered.Tags.Last());
    }

    [Fact]
    public void MayAnswer_OfEvery64thInARow_IsFalse()
    {
        var thread = new SharedThread();

        bool[] may = [.. Enumerable.Range(0, 200).Select(_ => thread.MayAnswer())];

        Assert.Equal([63, 127, 191], Enumerable.Range(0, 200).Where(i => !may[i]));
    }

    [Fact]
    public async Task Requests_OfAllKindsAtOnce_AreAllAnswered_WhereSocketsHaveAThread()
    {
        await using NumbersServer numbers = await NumbersServer.StartAsync(sharesThread: true);
        using var http = new HttpClient { BaseAddress = numbers.Url };
        string page = await http.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative));

        Task<bool>[] all = [.. Enumerable.Range(0, 300).Select(async i => (i % 4) switch
        {
            0 => await http.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative)) == page,
            1 => (await PostAsync(http, "/invocations", """{"inputs": [[80, 1]]}""")).Status == 200,
            2 => await SecondVersionAsync(http) == HttpStatusCode.OK,
            _ => await PostAsync(http, "/predict", Row) == (200, """{"prediction":"Yes"}"""),
        })];

        Assert.All(await Task.WhenAll(all), Assert.True);
    }

    [Fact]
    public async Task Predict_WhileSomebodyListensToRequests_IsMeasuredWithItsRoute()
    {
        await using NumbersServer numbers = await NumbersServer.StartAsync(sharesThread: false);
        using var http = new HttpClient { BaseAddress = numbers.Url };
        using var routes = new Measured("http.server.request.duration", "http.route");
        using var answered = new Measured("mlops.requests.direct", "thread");

        await PostAsync(http, "/predict", Row);
        // Counted when its answer is out; the next request of the connection comes after that.
        await PostAsync(http, "/ping", Row);

        Assert.Contains("/predict", routes.Tags);
        Assert.Empty(answered.Tags);
    }

    [Fact]
    public async Task Predict_WhileSomebodyListensToRouting_IsRouted()
    {
        await using NumbersServer numbers = await NumbersServer.StartAsync(sharesThread: false);
        using var http = new HttpClient { BaseAddress = numbers.Url };
        using var routes = new Measured("aspnetcore.routing.match_attempts", "http.route");

        await PostAsync(http, "/predict", Row);

        Assert.Contains("/predict", routes.Tags);
    }

    private static async Task<(int Status, string Body)> PostAsync(HttpClient http, string path, string json)
    {
        using var body = new StringContent(json, Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await http.PostAsync(new Uri(path, UriKind.Relative), body);
        string id = answer.Headers.GetValues("x-request-id").Single();
        string text = await answer.Content.ReadAsStringAsync();
        return ((int)answer.StatusCode, text.Replace(id, "ID", StringComparison.Ordinal).Replace("/PREDICT/", "/predict", StringComparison.Ordinal));
    }

    private static async Task<HttpStatusCode> SecondVersionAsync(HttpClient http)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/predict") { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        request.Content = new StringContent(Row, Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await http.SendAsync(request);
        return answer.StatusCode;
    }

    /// <summary>The values of a tag that an instrument was given.</summary>
    private sealed class Measured : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly ConcurrentQueue<object?> _tags = [];

        public Measured(string instrument, string tag)
        {
            _listener.InstrumentPublished = (published, listener) =>
            {
                if (published.Name == instrument)
                    listener.EnableMeasurementEvents(published);
            };
            _listener.SetMeasurementEventCallback<long>((_, _, tags, _) => Add(tags, tag));
            _listener.SetMeasurementEventCallback<double>((_, _, tags, _) => Add(tags, tag));
            _listener.Start();
        }

        public IReadOnlyCollection<object?> Tags => _tags;

        /// <summary>Waits for so many values, and no more: an answer may be here before it is counted.</summary>
        public async Task TimesAsync(int count)
        {
            await Eventually.TrueAsync(() => _tags.Count >= count, $"it is counted {count} times");
            Assert.Equal(count, _tags.Count);
        }

        public void Dispose() => _listener.Dispose();

        private void Add(ReadOnlySpan<KeyValuePair<string, object?>> tags, string wanted)
        {
            foreach (KeyValuePair<string, object?> tag in tags)
            {
                if (tag.Key == wanted)
                    _tags.Enqueue(tag.Value);
            }
        }
    }
}

/// <summary>What measures the whole process runs by itself.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneTests
{
    public const string Name = "alone";
}
