using System.Text;
using System.Text.Json.Nodes;

namespace MlOps.EndToEnd.Mlflow;

/// <summary>What the comparison with MLflow's server is made of: it must be able to fail.</summary>
public sealed class ComparisonPartsTests
{
    private static readonly DateTimeOffset Began = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Read_RowsBelowACall_AreCallsWithTheirMarksAndCaptures()
    {
        ComparedCall[] calls = [.. CallFile.Read("f",
        [
            "# comment",
            """POST mlflow/runs/create {"a": [{each 2: "k#" each}]} > r1 = run.info.run_id, r2 = b""",
            """GET ui/x {"id": $}""",
            """    "{z*3}" ! other, more""",
            "PUT files/a.txt [x-header: {r1}] < - hex:00ff",
        ])];

        Assert.Equal(["f:2 POST /api/2.0/mlflow/runs/create {\"a\": [\"k0\", \"k1\"]}", "f:4 GET /ajax-api/2.0/mlflow/x {\"id\": \"zzz\"}", "f:5 PUT /api/2.0/mlflow-artifacts/artifacts/a.txt < 2 bytes of no type"], calls.Select(c => c.ToString()));
        Assert.Equal([("r1", "run.info.run_id"), ("r2", "b")], calls[0].Captures);
        Assert.Equal(["more", "other"], calls[1].Reasons.Order());
        Assert.Equal(("x-header", "{r1}"), calls[2].Header);
    }

    [Fact]
    public void Read_LineThatIsNoCall_IsTold() =>
        Assert.Equal("f:1: 'FETCH /x' is no call", Assert.Throws<FormatException>(() => CallFile.Read("f", ["FETCH /x"]).ToList()).Message);

    [Theory]
    [InlineData(200, """{"a": 1, "b": [1]}""", 200, """{"b": [1.0], "a": 1}""", "")]
    [InlineData(400, """{"error_code": "X", "message": "one"}""", 400, """{"error_code": "X", "message": "two"}""", "")]
    [InlineData(400, """{"error_code": "X", "message": "one"}""", 404, """{"error_code": "Y", "message": "two"}""", "400 X: one | 404 Y: two")]
    [InlineData(200, """{"a": 1, "b": [1]}""", 200, """{"a": 2, "b": [1, 2], "c": null}""", ".a: 1 | 2;.b: 1 items [1] | 2 items [1,2];.c: - | null")]
    [InlineData(200, """{"time": 1769860800001, "tags": [{"key": "b"}, {"key": "a"}]}""", 200, """{"time": 1769860800005, "tags": [{"key": "a"}, {"key": "b"}]}""", "")]
    [InlineData(200, """{"time": 1769860800001}""", 200, """{"time": 5}""", """.time: "<now>" | 5""")]
    public void Between_TwoAnswers_IsWhatDiffersByMeaning(int theirStatus, string theirs, int ourStatus, string ours, string expected)
    {
        var plain = new PlainAnswer(Began);
        ComparedAnswer Answer(int status, string body) => new(status, plain.Of(JsonNode.Parse(body), new Dictionary<string, string>()));

        Assert.Equal(expected, string.Join(';', AnswerDifference.Between(Answer(theirStatus, theirs), Answer(ourStatus, ours))));
    }

    [Fact]
    public void Of_IdsOfAServer_AreNamed()
    {
        var ids = new Dictionary<string, string> { ["e1"] = "17", ["r1"] = "0a1b2c3d" };

        JsonNode? plain = new PlainAnswer(Began).Of(JsonNode.Parse("""{"experiment_id": "17", "uri": "mlflow-artifacts:/17/0a1b2c3d/artifacts", "next_page_token": "abc", "run_name": "calm-crab-12"}"""), ids);

        Assert.Equal("<e1> mlflow-artifacts:/<experiment>/<r1>/artifacts <token> <random-name>", $"{plain!["experiment_id"]} {plain["uri"]} {plain["next_page_token"]} {plain["run_name"]}");
    }

    [Fact]
    public void Unexplained_DifferencesWithoutAReasonAndMarksWithoutADifference_AreTold()
    {
        var listed = new DeliberateDifferences(["anywhere everywhere: words", "    ^\\.a: ", "marked: words", "    ^\\.b: ", "unknown: words", "    ^\\.z"]);
        ComparedCall call = new() { Where = "f:1", Method = "GET", Path = "/", Reasons = new HashSet<string> { "marked", "unknown", "nobody" } };

        IReadOnlyList<string> left = listed.Unexplained(call, [".a: 1 | 2", ".b: 1 | 2", ".c: 1 | 2"]);

        Assert.Equal([".c: 1 | 2", "! unknown is marked and does not show", "! nobody is in no list"], left);
        Assert.Equal([".b: 1 | 2"], listed.Unexplained(call with { Reasons = new HashSet<string>() }, [".b: 1 | 2"]));
        Assert.Equal(["unknown"], listed.Unused);
    }

    [Fact]
    public async Task Send_AnswerWithoutWhatIsCaptured_SaysSo()
    {
        using var handler = new OneAnswer("""{"run": {}}""");
        using var http = new HttpClient(handler);
        var server = new ComparedServer(http, "http://127.0.0.1");

        ComparedAnswer answer = await server.SendAsync(CallFile.Read("f", ["""GET mlflow/runs/get {"run_ids": ["a b", "c"]} > r1 = run.info.run_id"""]).Single());

        Assert.Equal("run.info.run_id", answer.Lacks);
        Assert.Equal("http://127.0.0.1/api/2.0/mlflow/runs/get?run_ids=a%20b&run_ids=c", handler.Asked);
        Assert.NotEmpty(AnswerDifference.Between(answer, answer));
    }

    private sealed class OneAnswer(string body) : HttpMessageHandler
    {
        public string? Asked { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Asked = request.RequestUri!.OriginalString;
            return Task.FromResult(new HttpResponseMessage { Content = new StringContent(body, Encoding.UTF8, "application/json") });
        }
    }
}
