using System.Text.Json;
using MlOps.Api.Tests.Access;
using MlOps.Domain.Access;

namespace MlOps.Api.Tests.Protocols;

public sealed class InvocationTests : ApiTest
{
    private const string Records = """{"dataframe_records": [{"tenure": 2, "contract": "Month"}, {"contract": "Year", "tenure": 55, "charge": 25}]}""";

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        await SampleModels.ServeChurnAsync(Api.Platform);
    }

    [Theory]
    [InlineData(Records)]
    [InlineData("""{"dataframe_split": {"columns": ["contract", "tenure", "charge", "other"], "data": [["Month", 2, null, 0], ["Year", 55, 25, 0]], "index": [0, 1]}}""")]
    [InlineData("""{"dataframe_split": {"data": [[2, "Month", NaN], [55, "Year", 25]]}}""")]
    [InlineData("""{"dataframe_split": {"columns": [0, 1, 2], "index": [0, 1], "data": [[2, "Month", NaN], [55, "Year", 25]]}}""")]
    [InlineData("""{"instances": [{"tenure": 2, "contract": "Month"}, {"tenure": 55, "contract": "Year", "charge": 25}]}""")]
    [InlineData("""{"instances": [[2, "Month", null], [55, "Year", 25]], "params": {"a": 1}}""")]
    [InlineData("""{"inputs": {"tenure": [2, 55], "contract": [["Month"], ["Year"]], "charge": [null, 25]}}""")]
    [InlineData("""{"inputs": [[2, "Month", null], [55, "Year", 25]]}""")]
    public async Task Invoke_EachJsonForm_GivesTheSamePredictions(string body)
    {
        ApiAnswer answer = await Api.PostTextAsync("/invocations", body, "application/json; Charset=\"UTF-8\"");

        Assert.Equal("""{"predictions":["Yes","No"]}""", answer.Body);
        Assert.Equal(("churn", "1"), (answer.Header("x-mlops-model"), answer.Header("x-mlops-model-version")));
    }

    [Fact]
    public async Task Invoke_Csv_GivesTheSamePredictions() =>
        Assert.Equal("""{"predictions":["Yes","No"]}""", (await Api.PostTextAsync("/invocations", "contract,tenure,charge\nMonth,2,\n\"Year\",55,25\n", "text/csv")).Body);

    [Fact]
    public async Task Invoke_Regression_AnswersNumbers()
    {
        await SampleModels.ServePriceAsync(Api.Platform);

        JsonElement price = (await Api.PostTextAsync("/invocations?model=price", """{"instances": [0.5, 3.0]}""")).Json;

        Assert.Equal([500, 3_000], price.GetProperty("predictions").EnumerateArray().Select(v => v.GetDouble()), (a, b) => Math.Abs(a - b) < 60);
    }

    [Theory]
    [InlineData("application/xml")]
    [InlineData("application/json; charset=latin1")]
    [InlineData("text/csv; header=absent")]
    public async Task Invoke_OtherMediaType_Is415AsText(string type)
    {
        ApiAnswer answer = await Api.PostTextAsync("/invocations", Records, type);

        Assert.Equal((415, "text/plain"), (answer.Status, answer.ContentType));
        Assert.Equal($"the content type is '{type}', expected application/json or text/csv, in UTF-8", answer.Body);
    }

    [Theory]
    [InlineData("""[1, 2]""", "BAD_REQUEST", "an array, expected an object with one of dataframe_split")]
    [InlineData("""{}""", "BAD_REQUEST", "no field, expected exactly one of")]
    [InlineData("""{"instances": [[1]], "inputs": [[1]]}""", "BAD_REQUEST", "'instances', 'inputs', expected exactly one of")]
    [InlineData("""{"signature_name": "x", "instances": [[1]]}""", "BAD_REQUEST", "'signature_name'")]
    [InlineData("""{"dataframe_split": {"columns": [null], "data": []}}""", "BAD_REQUEST", "'dataframe_split.columns' is no array of texts or numbers")]
    [InlineData("""{"dataframe_split": {"columns": [0, 2], "data": [[1, 2]]}}""", "INVALID_PARAMETER_VALUE", "feature 'tenure' (number) is missing")]
    [InlineData("""{"instances": [[2, "Month", null]], "params": [1]}""", "INVALID_PARAMETER_VALUE", "'params' is an array, expected an object")]
    [InlineData("""{"instances": [[2, "Month", null]], "params": "explain"}""", "INVALID_PARAMETER_VALUE", "'params' is the text \"explain\"")]
    [InlineData("""{"instances": [[2, "Month", null]], "params": {"a": [}}}""", "BAD_REQUEST", "line 1, column")]
    [InlineData("""{"dataframe_split": {"columns": ["tenure"], "data": [[1, 2]]}}""", "BAD_REQUEST", "row 0 has 2 values, expected 1")]
    [InlineData("""{"inputs": {"tenure": 1}}""", "BAD_REQUEST", "'inputs.tenure' is 1, expected an array")]
    [InlineData("""{"inputs": {"tenure": [1, 2], "contract": ["Month"]}}""", "BAD_REQUEST", "column 'contract' has 1 values")]
    [InlineData("""{"dataframe_records": [{"tenur": 1, "contract": "Month"}]}""", "INVALID_PARAMETER_VALUE", "did you mean 'tenure'?")]
    [InlineData("""{"dataframe_records": [{"contract": "Month"}]}""", "INVALID_PARAMETER_VALUE", "feature 'tenure' (number) is missing")]
    [InlineData("""{"dataframe_records": [{"tenure": "x", "contract": "Month"}]}""", "INVALID_PARAMETER_VALUE", "row 0: feature 'tenure'")]
    [InlineData("""{"dataframe_records": [{"tenure": NaN, "contract": "Month"}]}""", "INVALID_PARAMETER_VALUE", "is missing (null or NaN)")]
    [InlineData("""{"dataframe_records": []}""", "INVALID_PARAMETER_VALUE", "no rows")]
    [InlineData("""{"instances": """, "BAD_REQUEST", "line 1, column")]
    public async Task Invoke_BadBody_SaysWhatIsWrong(string body, string code, string expected) =>
        Assert.Contains(expected, (await Api.PostTextAsync("/invocations", body)).MlflowError(400, code), StringComparison.Ordinal);

    [Theory]
    [InlineData("tenure,contract\nlong,Month\n", "row 0: feature 'tenure'")]
    [InlineData("tenure,contract\n1\n", "line 2")]
    [InlineData("", "empty")]
    public async Task Invoke_BadCsv_SaysWhere(string csv, string expected) =>
        Assert.Contains(expected, (await Api.PostTextAsync("/invocations", csv, "text/csv")).MlflowError(400, "INVALID_PARAMETER_VALUE"), StringComparison.Ordinal);

    [Fact]
    public async Task Invoke_SeveralModelsAndNoneNamed_NamesTheChoices()
    {
        await SampleModels.ServePriceAsync(Api.Platform);
        await WaitUntilTwoAreSeenAsync();

        string message = (await Api.PostTextAsync("/invocations", Records)).MlflowError(400, "INVALID_PARAMETER_VALUE");

        Assert.Contains("add ?model= with one of 'churn', 'price'", message, StringComparison.Ordinal);
        Assert.Equal(200, (await Api.PostTextAsync("/invocations", Records, headers: ("x-mlops-model", "churn@champion"))).Status);
        Assert.Equal(200, (await Api.PostTextAsync("/invocations?model=churn/1", Records)).Status);
    }

    [Fact]
    public async Task Invoke_SeveralModels_TakesTheHostsDefault()
    {
        await using ApiHost api = await ApiHost.StartAsync(new ApiOptions { DefaultModel = "churn" });
        await SampleModels.ServeChurnAsync(api.Platform);
        await SampleModels.ServePriceAsync(api.Platform);

        Assert.Equal("churn", (await api.PostTextAsync("/invocations", Records)).Header("x-mlops-model"));
    }

    [Fact]
    public async Task Invoke_WhenNothingIsServed_SaysSo()
    {
        await using ApiHost api = await ApiHost.StartAsync();

        Assert.Contains("none is served yet", (await api.PostTextAsync("/invocations", Records)).MlflowError(400, "INVALID_PARAMETER_VALUE"), StringComparison.Ordinal);
        Assert.Equal(404, (await api.GetAsync("/ping")).Status);
    }

    [Fact]
    public async Task Invoke_ModelThatDoesNotExist_Is404() => (await Api.PostTextAsync("/invocations?model=nope", Records)).MlflowError(404, "RESOURCE_DOES_NOT_EXIST");

    [Fact]
    public async Task HealthAndVersion_AreAnsweredAsTextLikeMlflows()
    {
        ApiAnswer health = await Api.GetAsync("/health"), version = await Api.GetAsync("/version");

        Assert.Equal((200, "OK"), (health.Status, health.Body));
        Assert.Equal((200, "text/plain", $"3.11.0+mlops.{new ApiOptions().Version}"), (version.Status, version.ContentType, version.Body));
    }

    [Fact]
    public async Task Ping_WhenTheModelAnswers_Is200() => Assert.Equal((200, "\n"), ((await Api.GetAsync("/ping")).Status, (await Api.GetAsync("/ping")).Body));

    [Theory]
    [InlineData(null)]
    [InlineData("Bearer nonsense")]
    public async Task Ping_WithoutAToken_HeedsNoNameAndTellsNone(string? authorization)
    {
        (string, string)[] stranger = authorization is null ? [] : [("Authorization", authorization)];
        (string, string) known = AuthTests.Bearer(await Api.Platform.Access.CreateAsync("ann", Role.Viewer, None));

        Assert.Equal(200, (await Api.GetAsync("/ping?model=nope", stranger)).Status);
        Assert.Equal(200, (await Api.GetAsync("/ping", [("x-mlops-model", "nope"), .. stranger])).Status);
        Assert.Equal(200, (await Api.GetAsync("/ping?model=churn/1", known)).Status);
        Assert.Contains("version 9", (await Api.GetAsync("/ping?model=churn/9", known)).MlflowError(404, "RESOURCE_DOES_NOT_EXIST"), StringComparison.Ordinal);
    }

    private Task WaitUntilTwoAreSeenAsync() =>
        Contracts.Eventually.TrueAsync(async () => (await Api.PostTextAsync("/invocations", Records)).Status == 400, "both models are seen");
}
