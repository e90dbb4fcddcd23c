namespace MlOps.Api.Tests.Protocols;

[Collection(ServedModelsTests.Name)]
public sealed class AzureMlTests(ServedModels models)
{
    [Theory]
    [InlineData("/score", """{"input_data": {"columns": ["contract", "tenure"], "index": [0, 1], "data": [["Month", 2], ["Year", 55]]}}""", """["Yes","No"]""")]
    [InlineData("/score", """{"input_data": {"data": [[2, "Month", null]]}, "params": {}}""", """["Yes"]""")]
    [InlineData("/score", """{"input_data": [[2, "Month", null], [55, "Year", NaN]]}""", """["Yes","No"]""")]
    [InlineData("/score?model=flag", """{"input_data": [[9], [-9]]}""", "[1,0]")]
    public async Task Score_AnMlflowModelsInput_AnswersABareList(string path, string body, string expected)
    {
        ApiAnswer answer = await models.Api.PostTextAsync(path, body);

        Assert.Equal((200, "application/json", expected), (answer.Status, answer.ContentType, answer.Body));
    }

    [Fact]
    public async Task Score_WithADeploymentNamed_AsksThatVersion() =>
        (await models.Api.PostTextAsync("/score", """{"input_data": [[2, "Month", null]]}""", headers: ("azureml-model-deployment", "9"))).Problem(404, "model-version-missing");

    [Theory]
    [InlineData("""{"data": [[1]]}""", "'input_data' is absent")]
    [InlineData("""{"input_data": 5}""", "'input_data' is 5")]
    [InlineData("""{"input_data": {"columns": ["tenure"]}}""", "'input_data' needs an array 'data'")]
    [InlineData("""[1]""", "'input_data' is absent")]
    public async Task Score_Bad_SaysWhatIsWrong(string body, string expected) =>
        Assert.Contains(expected, (await models.Api.PostTextAsync("/score", body)).Problem(400, "json-invalid"), StringComparison.Ordinal);

    [Fact]
    public async Task Root_WithoutAUi_SaysThatItLives() => Assert.Equal("""{"status":"alive"}""", (await models.Api.GetAsync("/")).Body);
}
