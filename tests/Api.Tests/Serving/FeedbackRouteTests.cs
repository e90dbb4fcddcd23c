using System.Text;
using MlOps.Api.Serving;
using MlOps.Domain.Serving.Log;

namespace MlOps.Api.Tests.Serving;

/// <summary>Feedback in bulk, and the policy of the log that it joins.</summary>
public sealed class FeedbackRouteTests : ApiTest
{
    private const int Many = 3_000;

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        await SampleModels.ServeChurnAsync(Api.Platform);
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/x-ndjson")]
    [InlineData("text/csv; charset=utf-8")]
    public async Task Feedback_InBulk_TakesThousandsAndCountsARetryAsRepeated(string contentType)
    {
        string body = Bulk(contentType, Enumerable.Range(0, Many).Select(i => ($"r{i}", i % 2 == 0 ? "Yes" : "no")));

        FeedbackAnswer first = (await Api.PostTextAsync("/api/v1/feedback?model=churn", body, contentType)).Read<FeedbackAnswer>();
        FeedbackAnswer again = (await Api.PostTextAsync("/api/v1/feedback?model=churn", body, contentType)).Read<FeedbackAnswer>();

        Assert.Equal((Many, 0L, 0L), (first.Accepted, first.Repeated, first.Rejected));
        Assert.Equal((0L, Many, 0L), (again.Accepted, again.Repeated, again.Rejected));
        Assert.Equal(Many, (await Api.GetAsync("/api/v1/feedback/churn")).Read<FeedbackSummary>().Unmatched);
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/x-ndjson")]
    [InlineData("text/csv")]
    public async Task Feedback_WithSomeWrong_TakesTheRestAndNamesEachByItsIndex(string contentType)
    {
        string body = Bulk(contentType, [("a", "Yes"), ("b", "Maybe"), ("c", "No"), ("", "No")]);

        FeedbackAnswer answer = (await Api.PostTextAsync("/api/v1/feedback?model=churn", body, contentType)).Read<FeedbackAnswer>();

        Assert.Equal((2L, 0L, 2L), (answer.Accepted, answer.Repeated, answer.Rejected));
        Assert.Equal([(1L, "feedback-truth"), (3L, "feedback-request-id")], answer.Problems.Select(p => (p.Item, p.Code)));
        Assert.StartsWith("item 1: truth 'Maybe' is no class of 'churn'", answer.Problems[0].Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("application/x-ndjson", "{\"requestId\": \"a\", \"reward\": true}\n{\"requestId\": \"b\", \"reward\": 0.25, \"truth\": null}\n{\"requestId\": \"c\", \"reward\": 2}\n{\"requestId\": \"d\", \"reward\": \"x\"}\n{\"requestId\": \"e\"}")]
    [InlineData("text/csv", "requestId,reward\na,true\nb,0.25\nc,2\nd,x\ne,\n")]
    public async Task Feedback_OfRewards_IsTakenFromZeroToOne(string contentType, string body)
    {
        FeedbackAnswer answer = (await Api.PostTextAsync("/api/v1/feedback?model=churn", body, contentType)).Read<FeedbackAnswer>();

        Assert.Equal((2L, 3L), (answer.Accepted, answer.Rejected));
        Assert.Equal([(2L, "feedback-reward"), (3L, "feedback-reward"), (4L, "feedback-truth")], answer.Problems.Select(p => (p.Item, p.Code)));
    }

    [Theory]
    [InlineData("application/x-ndjson", "{\"requestId\": \"r\", \"truth\": \"No\"}\n\n{\"requestId\": 7, \"truth\": \"No\"}\nnot json\n[1]", 3, "json-invalid")]
    [InlineData("text/csv", "requestId,truth,row,time\nr,No,0,2026-01-31T12:00:00Z\nr,No,x,\nr,,1,\nr,No,2,soon\n", 3, "feedback-row")]
    [InlineData("application/json", "[{\"requestId\": \"r\", \"truth\": \"No\"}, {\"requestId\": \"r\", \"truht\": \"No\"}, null, {\"requestId\": \"\\ud800\", \"truth\": \"No\"}]", 3, "json-invalid")]
    public async Task Feedback_WithItemsThatCannotBeRead_RejectsJustThese(string contentType, string body, int rejected, string code)
    {
        FeedbackAnswer answer = (await Api.PostTextAsync("/api/v1/feedback?model=churn", body, contentType)).Read<FeedbackAnswer>();

        Assert.Equal((1L, (long)rejected, code), (answer.Accepted, answer.Rejected, answer.Problems[0].Code));
        Assert.Equal(Enumerable.Range(1, rejected), answer.Problems.Select(p => (int)p.Item));
    }

    [Theory]
    [InlineData("text/csv", "request,truth\nr,No\n", "feedback-csv", "has the column 'request', which is none of requestId, truth, row, time")]
    [InlineData("text/csv", "requestId\nr\n", "feedback-csv", "lacks the column 'truth'")]
    [InlineData("text/csv", "requestId,truth\n", "feedback-empty", "no items")]
    [InlineData("application/x-ndjson", "", "feedback-empty", "no items")]
    [InlineData("application/json", "[]", "feedback-empty", "no items")]
    [InlineData("application/json", "[{\"requestId\": \"r\", \"truth\": \"No\"}", "json-invalid", "sending them again changes nothing")]
    public async Task Feedback_ThatIsNone_SaysWhatItNeeds(string contentType, string body, string code, string expected) =>
        Assert.Contains(expected, (await Api.PostTextAsync("/api/v1/feedback?model=churn", body, contentType)).Problem(400, code), StringComparison.Ordinal);

    [Fact]
    public async Task Feedback_AsALineThatNeverEnds_IsRefusedInBoundedMemory()
    {
        string body = "{\"requestId\": \"" + new string('x', 2 << 20);

        Assert.Contains("longer than 65,536 bytes", (await Api.PostTextAsync("/api/v1/feedback?model=churn", body, "application/x-ndjson")).Problem(400, "json-invalid"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task LogPolicy_SetAndShown_IsCheckedAgainstTheModel()
    {
        Assert.Equal(0, (await Api.GetAsync("/api/v1/endpoints/churn/log")).Read<LogPolicyState>().Revision);

        LogPolicyState set = (await Api.PutAsync("/api/v1/endpoints/churn/log", new { sample = 0.5, redact = new { contract = "hash" }, retainDays = 30 })).Read<LogPolicyState>();

        Assert.Equal((1, 0.5, 30, Redaction.Hash, "local"), (set.Revision, set.Policy.Sample, set.Policy.RetainDays, set.Policy.Redact["contract"], set.By));
        Assert.Equal(1, (await Api.GetAsync("/api/v1/endpoints/churn/log")).Read<LogPolicyState>().Revision);
        Assert.Single((await Api.GetAsync("/api/v1/endpoints/churn/log/history")).Json.GetProperty("items").EnumerateArray());
        Assert.Contains("did you mean 'contract'?", (await Api.PutAsync("/api/v1/endpoints/churn/log", new { redact = new { contrct = "hash" } })).Problem(400, "log-policy"), StringComparison.Ordinal);
        (await Api.PutAsync("/api/v1/endpoints/churn/log", new { redact = new { contract = "hide" } })).Problem(400, "json-invalid");
        (await Api.PutAsync("/api/v1/endpoints/nope/log", new { sample = 1 })).Problem(404, "model-missing");
        (await Api.GetAsync("/api/v1/endpoints/nope/log")).Problem(404, "model-missing");
        (await Api.PutAsync("/api/v1/endpoints/churn/log", new { sample = 0.1 })).Problem(409, "log-policy-loosened");
        (await Api.PutAsync("/api/v1/endpoints/churn/log", new { sample = 0.1, revision = 0 })).Problem(409, "log-policy-changed");
        Assert.Equal(2, (await Api.PutAsync("/api/v1/endpoints/churn/log", new { sample = 0.1, revision = 1 })).Read<LogPolicyState>().Revision);
    }

    private static string Bulk(string contentType, IEnumerable<(string Id, string Truth)> items)
    {
        string[] json = [.. items.Select(i => $$"""{"requestId": "{{i.Id}}", "truth": "{{i.Truth}}"}""")];
        return contentType switch
        {
            "application/json" => $"[{string.Join(",\n", json)}]",
            "application/x-ndjson" => string.Join('\n', json),
            _ => new StringBuilder("truth,requestId\r\n").AppendJoin("\r\n", items.Select(i => $"{i.Truth},{i.Id}")).ToString(),
        };
    }
}
