using System.Net.Http.Headers;
using System.Text;
using MlOps.Api.Tests.Protocols;

namespace MlOps.Api.Tests.Http;

/// <summary>Bodies that are not UTF-8, to all who read JSON: a ÿ is the byte 0xFF, which UTF-8 never has.</summary>
[Collection(ServedModelsTests.Name)]
public sealed class Utf8Tests(ServedModels served)
{
    [Theory]
    [InlineData("/predict", """{"features": [{"tenure": 5, "contract": "ÿ"}]}""")]
    [InlineData("/predict", """{"features": [{"tenure": 5, "contract": "Month", "more": "ÿ"}]}""")]
    [InlineData("/predict", """{"features": [{"tenure": 5, "contract": "Month", "ÿ": 1}]}""")]
    [InlineData("/predict?model=price", """{"features": [[1]], "explain": "ÿ"}""")]
    [InlineData("/score", """{"input_data": [{"tenure": 5, "contract": "Month", "ÿ": 1}]}""")]
    [InlineData("/invocations", """{"dataframe_records": [{"tenure": 5, "contract": "ÿ"}]}""")]
    [InlineData("/invocations", """{"instances": [{"tenure": 5, "contract": "Month"}], "params": {"p": "ÿ"}}""")]
    [InlineData("/v1/models/churn:predict", """{"instances": [{"tenure": 5, "contract": "ÿ"}]}""")]
    [InlineData("/v1/models/churn:predict", """{"instances": [{"tenure": 5, "contract": "Month"}], "signature_name": "ÿ"}""")]
    [InlineData("/v1/models/churn:classify", """{"examples": [{"tenure": 5, "contract": "ÿ"}]}""")]
    [InlineData("/v2/models/price/infer", """{"id": "ÿ", "inputs": [{"name": "carat", "shape": [1], "datatype": "FP64", "data": [1]}]}""")]
    [InlineData("/v2/models/price/infer", """{"inputs": [{"name": "carat", "shape": [1], "datatype": "FP64", "data": [1]}], "more": "ÿ"}""")]
    [InlineData("/api/v1/predictions/churn", """{"rows": [{"tenure": 5, "contract": "Month"}], "unit": "ÿ"}""")]
    [InlineData("/api/v1/feedback", """{"items": [{"requestId": "ÿ", "truth": "No"}]}""")]
    [InlineData("/api/2.0/mlflow/experiments/create", """{"name": "ÿ"}""")]
    [InlineData("/api/2.0/mlflow/experiments/search", """{"max_results": 1, "ÿ": 1}""")]
    [InlineData("/api/2.0/mlflow/runs/log-metric", """{"run_id": "ÿ", "key": "m", "value": 1, "timestamp": 1}""")]
    [InlineData("/api/2.0/mlflow/runs/log-batch", """{"run_id": "r", "metrics": [{"key": "ÿ", "value": 1, "timestamp": 1}]}""")]
    [InlineData("/graphql", """{"query": "query { ÿ }"}""")]
    [InlineData("/v1/traces", """{"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": "ÿ"}]}]}]}""")]
    public async Task Post_OfBytesThatAreNotUtf8_Is400(string path, string body)
    {
        var content = new ByteArrayContent(Encoding.Latin1.GetBytes(body));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");

        ApiAnswer answer = await served.Api.SendAsync(HttpMethod.Post, path, content);

        Assert.True(answer.Status == 400, $"{answer.Status} {answer.Body}");
    }
}
