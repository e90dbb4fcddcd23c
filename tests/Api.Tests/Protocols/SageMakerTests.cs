namespace MlOps.Api.Tests.Protocols;

/// <summary>What SageMaker and its callers do that MLflow does not.</summary>
[Collection(ServedModelsTests.Name)]
public sealed class SageMakerTests(ServedModels models)
{
    [Theory]
    [InlineData("2,Month,\n55,Year,25\n")]
    [InlineData("2,Month,\n55,Year,25")]
    [InlineData("charge,contract,tenure\n,Month,2\n25,Year,55\n")]
    public async Task Invoke_CsvWithOrWithoutHeader_GivesTheSamePredictions(string csv) =>
        Assert.Equal("""{"predictions":["Yes","No"]}""", (await models.Api.PostTextAsync("/invocations", csv, "text/csv")).Body);

    [Fact]
    public async Task Invoke_CsvOfEqualValues_IsNoHeader() =>
        Assert.Equal("""{"predictions":[0,0]}""", (await models.Api.PostTextAsync("/invocations?model=flag", "-9\n-9\n", "text/csv")).Body);

    [Fact]
    public async Task Invoke_CsvWithoutHeaderOfAnotherWidth_SaysWhatWasExpected() =>
        Assert.Contains("the first line has the name of no feature", (await models.Api.PostTextAsync("/invocations", "2,Month\n", "text/csv")).MlflowError(400, "INVALID_PARAMETER_VALUE"), StringComparison.Ordinal);

    [Fact]
    public async Task Invoke_CsvWithoutHeader_NamesTheLineThatIsWrong()
    {
        string message = (await models.Api.PostTextAsync("/invocations", "2,Month,\n55,Year,25\n3,Year\n", "text/csv")).MlflowError(400, "INVALID_PARAMETER_VALUE");

        Assert.Contains("line 3: 2 fields", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Invoke_AcceptCsv_AnswersALineARow()
    {
        ApiAnswer answer = await models.Api.PostTextAsync("/invocations", "2,Month,\n55,Year,25\n", "text/csv", ("Accept", "text/csv"));

        Assert.Equal(("text/csv", "Yes\nNo\n"), (answer.ContentType, answer.Body));
    }

    [Fact]
    public async Task Invoke_HeadersOfSageMaker_AreHeeded()
    {
        ApiAnswer answer = await models.Api.PostTextAsync("/invocations", "2,Month,\n", "text/csv",
            ("X-Amzn-SageMaker-Custom-Attributes", "trace=7"), ("X-Amzn-SageMaker-Inference-Id", "inference-7"), ("X-Amzn-SageMaker-Target-Variant", "champion"));

        Assert.Equal((200, "trace=7"), (answer.Status, answer.Header("X-Amzn-SageMaker-Custom-Attributes")));
        Assert.Equal(1, await models.Api.Platform.PredictionLog.ReadAsync("churn", DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1), 10_000, default).CountAsync(p => p.RequestId == "inference-7"));
    }

    [Theory]
    [InlineData("/invocations", "price", 200)]
    [InlineData("/invocations", "/price.tar.gz", 200)]
    [InlineData("/invocations", "nope", 404)]
    [InlineData("/endpoints/churn/invocations", "price", 200)]
    [InlineData("/endpoints/churn/invocations", "nope", 404)]
    public async Task Invoke_ATargetModel_AsksThatModel(string path, string target, int status)
    {
        ApiAnswer answer = await models.Api.PostTextAsync(path, """{"instances": [[1]]}""", headers: ("X-Amzn-SageMaker-Target-Model", target));

        Assert.Equal((status, status == 200 ? "price" : ""), (answer.Status, answer.Header("x-mlops-model")));
    }

    /// <summary>SageMaker's names are paths of archives as they are; ours, which may be any text, is escaped.</summary>
    [Fact]
    public async Task Invoke_ATargetModel_IsNotUnescapedAsOurOwnHeaderIs()
    {
        const string Body = """{"instances": [[1]]}""";

        foreach (string path in (string[])["/invocations", "/endpoints/churn/invocations"])
            Assert.Equal(400, (await models.Api.PostTextAsync(path, Body, headers: ("X-Amzn-SageMaker-Target-Model", "p%72ice"))).Status);
        Assert.Equal(200, (await models.Api.PostTextAsync("/invocations", Body, headers: ("x-mlops-model", "p%72ice"))).Status);
    }

    [Theory]
    [InlineData("X-Amzn-SageMaker-Target-Variant")]
    [InlineData("azureml-model-deployment")]
    public async Task Invoke_VersionThatIsNotThere_Is404(string header) =>
        (await models.Api.PostTextAsync("/invocations", """{"instances": [[2, "Month", null]]}""", headers: (header, "9"))).MlflowError(404, "RESOURCE_DOES_NOT_EXIST");
}
