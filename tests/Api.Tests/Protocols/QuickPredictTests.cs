using System.Text.RegularExpressions;
using MlOps.Domain.Serving;

namespace MlOps.Api.Tests.Protocols;

/// <summary>
/// The ordinary request is answered by a shorter way than one that has a header of ours: whatever it has in its body, the answer is
/// the same.
/// </summary>
public sealed partial class QuickPredictTests : ApiTest
{
    private static readonly string[] Bodies =
    [
        """{"features": [2, "Month", null]}""",
        """{"features": [[2, "Month", null], [55, "Year", 25]]}""",
        " {\n \"features\" :\t[ [ 2 , \"Month\", 21 ] ] } \r\n",
        """{"features":[{"tenure": 2, "contract": "Month"}, {"contract": "Year", "tenure": 55, "charge": 23.5}]}""",
        """{"features": {"contract": "Year", "tenure": 55}}""",
        """{"features": [[2, "Month", NaN]]}""",
        """{"features": [[2, "New", 21]]}""",
        """{"features": [[2, {"b64": "TW9udGg="}, 21]]}""",
        """{"features": [[2, "Month", 21]], "explain": true}""",
        """{"explain": true, "features": [[2, "Month", 21]]}""",
        """{"features": [[2, "Month", 21]], "features": [[55, "Year", 21]]}""",
        """{"features": [[2, "}", 21]]}""",
        """{"features": [], "explain": {"topK": 1}}""",
        """{"features": []}""",
        """{"features": [[]]}""",
        """{"features": [{}]}""",
        """{"features": [[2, "Month"]]}""",
        """{"features": [["x", "Month", 21]]}""",
        """{"features": [[2, "Month", 1e999]]}""",
        """{"features": [[2, "Month", 21]}""",
        """{"features": [[2, "Month", 21]]}}""",
        """{"features": [[2, "Month", 21]],}""",
        """{"features": [[2, "Month", 21]] [1]}""",
        """{"features": [2, "Month", 21], "more": [1]}""",
        """{"features" [2, "Month", 21]}""",
        """{"features": 5}""",
        """{"feature": [[2, "Month", 21]]}""",
        """[[2, "Month", 21]]""",
        "{}",
        "}",
        "",
    ];

    [Fact]
    public async Task Predict_ByEitherWay_AnswersAlike()
    {
        await SampleModels.ServeChurnAsync(Api.Platform);
        foreach (string body in Bodies)
        {
            ApiAnswer unusual = await Api.PostTextAsync("/predict", body, headers: ("x-mlops-unit", "u"));
            ApiAnswer ordinary = await Api.PostTextAsync("/predict", body);

            Assert.Equal((body, unusual.Status, unusual.ContentType, WithoutId(unusual)), (body, ordinary.Status, ordinary.ContentType, WithoutId(ordinary)));
            Assert.Equal(unusual.Header("x-mlops-model-version"), ordinary.Header("x-mlops-model-version"));
            Assert.NotEqual("", ordinary.Header("x-request-id"));
        }
    }

    [Fact]
    public async Task Predict_TheOrdinaryWay_CountsEachRequestOnce()
    {
        await SampleModels.ServeChurnAsync(Api.Platform);
        foreach (string body in Bodies)
            await Api.PostTextAsync("/predict", body, headers: ("x-mlops-unit", "u"));
        TrafficWindow before = await CountedAsync();
        foreach (string body in Bodies)
            await Api.PostTextAsync("/predict", body);
        TrafficWindow after = await CountedAsync();

        Assert.NotEqual(0, before.Rejected);
        Assert.Equal((2 * before.Requests, 2 * before.Errors, 2 * before.Rejected), (after.Requests, after.Errors, after.Rejected));
    }

    private Task<TrafficWindow> CountedAsync() => Api.Platform.TrafficStats.ReadAsync("churn", 1, DateTimeOffset.UnixEpoch, None);

    private static string WithoutId(ApiAnswer answer) => Id().Replace(answer.Body, "ID");

    [GeneratedRegex("[0-9a-f]{32}")]
    private static partial Regex Id();
}
