using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Log;

namespace MlOps.Api.Tests.Serving;

public sealed class PredictionRouteTests : ApiTest
{
    private static readonly object[] TwoRows = [new { tenure = 2, contract = "Month", charge = 21 }, new { tenure = 55, contract = "Year" }];

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        await SampleModels.ServeChurnAsync(Api.Platform);
    }

    [Fact]
    public async Task Predict_Rows_AnswersClassesAndProbabilities()
    {
        ApiAnswer answer = await Api.PostAsync("/api/v1/predictions/churn", new { rows = TwoRows }, ("x-request-id", "req-1"));

        Assert.Equal(("req-1", "churn", 1), (answer.Json.GetProperty("requestId").GetString(), answer.Json.GetProperty("model").GetString(), answer.Json.GetProperty("version").GetInt32()));
        Assert.Equal(["Yes", "No"], answer.Json.GetProperty("predictions").EnumerateArray().Select(p => p.GetProperty("prediction").GetString()));
        Assert.InRange(answer.Json.GetProperty("predictions")[0].GetProperty("probabilities").GetProperty("Yes").GetDouble(), 0.5, 1);
    }

    [Theory]
    [InlineData("""{"rows": [{"tenur": 2, "contract": "Month"}]}""", "feature-unknown", "feature 'tenur' is unknown; did you mean 'tenure'?")]
    [InlineData("""{"rows": [{"contract": "Month"}]}""", "feature-missing", "feature 'tenure' (number) is missing")]
    [InlineData("""{"rows": [{"tenure": 1, "contract": "Month"}, {"tenure": "long", "contract": "Month"}]}""", "feature-type", "row 1: feature 'tenure'")]
    [InlineData("""{"rows": [{"tenure": NaN, "contract": "Month"}]}""", "feature-null", "row 0: feature 'tenure' is missing (null or NaN)")]
    [InlineData("""{"rows": []}""", "request-empty", "no rows")]
    [InlineData("""{"rows": {"tenure": 1}}""", "request-shape", "expected an array")]
    [InlineData("""{"row": []}""", "json-invalid", "'row' is unknown; the fields are rows, version, unit")]
    [InlineData("""{}""", "json-invalid", "'rows' is missing")]
    [InlineData("""[]""", "json-invalid", "an array, expected an object")]
    public async Task Predict_BadRows_SaysFeatureRowAndExpectation(string body, string code, string expected)
    {
        string detail = (await Api.PostTextAsync("/api/v1/predictions/churn", body)).Problem(400, code);

        Assert.Contains(expected, detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Predict_MissingValueThatTrainingSaw_IsFine() =>
        Assert.Equal(200, (await Api.PostTextAsync("/api/v1/predictions/churn", """{"rows": [{"tenure": 1, "contract": "Month", "charge": NaN}]}""")).Status);

    [Fact]
    public async Task Predict_ModelThatDoesNotExist_Is404()
    {
        ApiAnswer answer = await Api.PostAsync("/api/v1/predictions/nope", new { rows = TwoRows });

        Assert.Equal(404, answer.Status);
        Assert.Contains("'nope'", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Predict_VersionThatDoesNotExist_Is404() =>
        (await Api.PostAsync("/api/v1/predictions/churn", new { rows = TwoRows, version = "7" })).Problem(404, "model-version-missing");

    [Fact]
    public async Task Feedback_ForAPrediction_IsJoinedByRequestId()
    {
        await Api.PostAsync("/api/v1/predictions/churn", new { rows = TwoRows }, ("x-request-id", "req-1"));

        ApiAnswer answer = await Api.PostAsync("/api/v1/feedback", new { items = new object[] { new { requestId = "req-1", truth = "No" }, new { requestId = "req-1", row = 1, truth = "No" } } });

        Assert.Equal(2, answer.Json.GetProperty("accepted").GetInt32());
        await Api.Platform.PredictionLog.FlushAsync(None);
        List<LabelledPrediction> joined = await Api.Platform.Feedback.JoinAsync("churn", DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1), None).ToListAsync();
        Assert.Equal([("Yes", "No"), ("No", "No")], joined.OrderBy(j => j.Prediction.Row).Select(j => (j.Prediction.Prediction, j.Truth)));
    }

    [Theory]
    [InlineData("""{"items": []}""", "feedback-empty")]
    [InlineData("""{"items": [null]}""", "feedback-item")]
    [InlineData("""{"items": [{"requestId": "\ud800", "truth": "No"}]}""", "json-invalid")]
    [InlineData("""{"items": [{"requestId": "r", "truth": "Maybe"}]}""", "feedback-truth")]
    [InlineData("""{"items": [{"requestId": "r", "truth": ["No"]}]}""", "feedback-truth")]
    [InlineData("""{"items": [{"requestId": "", "truth": "No"}]}""", "feedback-request-id")]
    [InlineData("""{"items": [{"truth": "No"}]}""", "json-invalid")]
    [InlineData("""{"model": "churn"}""", "json-invalid")]
    public async Task Feedback_Bad_SaysWhichItem(string body, string code) => (await Api.PostTextAsync("/api/v1/feedback", body)).Problem(400, code);

    [Fact]
    public async Task Feedback_ForAModelThatDoesNotExist_Is404() =>
        (await Api.PostAsync("/api/v1/feedback", new { model = "nope", items = new[] { new { requestId = "r", truth = "No" } } })).Problem(404, "model-missing");

    [Fact]
    public async Task Endpoint_ShowsTrafficAndWhatItsVersionsDid()
    {
        await Api.PostAsync("/api/v1/predictions/churn", new { rows = TwoRows });

        ApiAnswer answer = await Api.GetAsync("/api/v1/endpoints/churn?minutes=5");

        Assert.Equal(1.0, answer.Json.GetProperty("versions")[0].GetProperty("share").GetDouble());
        Assert.Equal(1, answer.Json.GetProperty("versions")[0].GetProperty("numbers").GetProperty("requests").GetInt32());
        (await Api.GetAsync("/api/v1/endpoints/nope")).Problem(404, "endpoint-missing");
    }
}
