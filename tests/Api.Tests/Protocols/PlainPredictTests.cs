namespace MlOps.Api.Tests.Protocols;

[Collection(ServedModelsTests.Name)]
public sealed class PlainPredictTests(ServedModels models)
{
    [Theory]
    [InlineData("""{"features": [2, "Month", null]}""", """{"prediction":"Yes"}""")]
    [InlineData("""{"features": {"contract": "Year", "tenure": 55}}""", """{"prediction":"No"}""")]
    [InlineData("""{"features": [[2, "Month", NaN]]}""", """{"predictions":["Yes"]}""")]
    [InlineData("""{"features": [[2, "Month", null], [55, "Year", 25]]}""", """{"predictions":["Yes","No"]}""")]
    [InlineData("""{"features": [{"tenure": 2, "contract": "Month"}]}""", """{"predictions":["Yes"]}""")]
    public async Task Predict_OneRowOrMany_AnswersAlike(string body, string expected)
    {
        ApiAnswer answer = await models.Api.PostTextAsync("/predict", body);

        Assert.Equal((200, expected, "1"), (answer.Status, answer.Body, answer.Header("x-mlops-model-version")));
    }

    [Fact]
    public async Task Predict_AnotherModel_IsNamedInTheQuery() =>
        Assert.Equal("""{"prediction":1}""", (await models.Api.PostTextAsync("/predict?model=flag@champion", """{"features": [9]}""")).Body);

    [Theory]
    [InlineData("""{"features": [2, "Month"]}""", "request-shape", "row 0 has 2 values, expected 3 in this order: tenure, contract, charge")]
    [InlineData("""{"features": ["x", "Month", 1]}""", "feature-type", "row 0: feature 'tenure' is the text \"x\"; expected a finite number")]
    [InlineData("""{"features": []}""", "request-empty", "no rows")]
    [InlineData("""{"features": 5}""", "json-invalid", "'features' is 5, expected a row")]
    [InlineData("""{"feature": [5]}""", "json-invalid", "'feature' is unknown; the fields are features")]
    [InlineData("""{"features": [5""", "json-invalid", "line 1, column")]
    public async Task Predict_Bad_IsAProblemThatSaysWhere(string body, string code, string expected) =>
        Assert.Contains(expected, (await models.Api.PostTextAsync("/predict", body)).Problem(400, code), StringComparison.Ordinal);
}
