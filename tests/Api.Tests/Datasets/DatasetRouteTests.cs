using MlOps.Api.Datasets;
using MlOps.Learning.Tables;

namespace MlOps.Api.Tests.Datasets;

public sealed class DatasetRouteTests : ApiTest
{
    private const string Csv = "id,zip,churn\n1,01234,Yes\n2,04567,No\n";

    protected override ApiOptions Options => new() { MaxUploadBytes = 100_000 };

    [Fact]
    public async Task Upload_NewBytes_Is201AndAgain200()
    {
        ApiAnswer first = await UploadAsync("telco", Csv);
        ApiAnswer again = await UploadAsync("telco", Csv);

        Assert.Equal((201, 200), (first.Status, again.Status));
        Assert.Equal((true, false), (first.Read<UploadAnswer>().Created, again.Read<UploadAnswer>().Created));
        Assert.Equal((1, 2L), (again.Read<UploadAnswer>().Version.Version, again.Read<UploadAnswer>().Version.Rows));
        Assert.Equal("/api/v1/datasets/telco?version=1", first.Header("Location"));
    }

    [Fact]
    public async Task Upload_WithOptions_IsReadAsTheySay()
    {
        ApiAnswer answer = await UploadAsync("telco", Csv.Replace(',', ';'), "?format=csv&delimiter=%3B&type.zip=category&source=export.csv&detail=by%20hand");

        UploadAnswer upload = answer.Read<UploadAnswer>();
        Assert.Equal(ColumnType.Category, upload.Version.Schema.Find("zip")!.Type);
        Assert.Equal(("export.csv", "by hand"), (upload.Version.Lineage.Source, upload.Version.Lineage.Detail));
    }

    [Fact]
    public async Task Version_IsShownWithItsProfileAndServedAsItCame()
    {
        await UploadAsync("telco", Csv);
        await UploadAsync("telco", Csv + "3,09999,No\n");

        Assert.Equal(3, (await Api.GetAsync("/api/v1/datasets/telco")).Read<DatasetView>().Profile.Columns[0].Count);
        Assert.Equal(2, (await Api.GetAsync("/api/v1/datasets/telco?version=1")).Read<DatasetView>().Version.Rows);
        Assert.Equal([2, 1], (await Api.GetAsync("/api/v1/datasets/telco/versions")).Json.GetProperty("items").EnumerateArray().Select(v => v.GetProperty("version").GetInt32()));
        Assert.Equal(Csv, (await Api.GetAsync("/api/v1/datasets/telco/versions/1/content")).Body);
        Assert.Equal(1, (await Api.GetAsync("/api/v1/datasets")).Json.GetProperty("items").GetArrayLength());
    }

    [Theory]
    [InlineData("", "csv-empty")]
    [InlineData("a,b\n", "dataset-no-rows")]
    [InlineData("a,b\n1,2\n3\n", "csv-ragged-row")]
    [InlineData("a,b\n\"1,2\n", "csv-unclosed-quote")]
    public async Task Upload_OfABadFile_SaysWhereAndLeavesNoVersion(string csv, string code)
    {
        (await UploadAsync("telco", csv)).Problem(400, code);

        (await Api.GetAsync("/api/v1/datasets/telco")).Problem(404, "dataset-missing");
        Assert.Equal(0, (await Api.GetAsync("/api/v1/datasets")).Json.GetProperty("items").GetArrayLength());
    }

    [Theory]
    [InlineData("?formt=csv", "query-unknown")]
    [InlineData("?type.zip=text5", "column-type")]
    [InlineData("?type.zip=0", "column-type")]
    [InlineData("?delimiter=ab", "delimiter")]
    [InlineData("?format=xml", "dataset-format")]
    [InlineData("?parent=nope", "dataset-missing")]
    public async Task Upload_WithABadOption_SaysWhatIsAllowed(string query, string code)
    {
        ApiAnswer answer = await UploadAsync("telco", Csv, query);

        answer.Problem(code == "dataset-missing" ? 404 : 400, code);
    }

    [Fact]
    public async Task Upload_OfAForm_SaysHowToSendTheFile()
    {
        using var form = new MultipartFormDataContent { { new StringContent(Csv), "file", "a.csv" } };

        string detail = (await Api.SendAsync(HttpMethod.Post, "/api/v1/datasets/telco/versions", form)).Problem(400, "body-multipart");

        Assert.Contains("--data-binary", detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Upload_LargerThanAllowed_Is413AndLeavesNoVersion()
    {
        (await UploadAsync("telco", "a\n" + string.Concat(Enumerable.Repeat("1234567\n", 20_000)))).Problem(413, "body-too-large");

        (await Api.GetAsync("/api/v1/datasets/telco")).Problem(404, "dataset-missing");
    }

    [Theory]
    [InlineData("..%2fescape")]
    [InlineData("%2e%2e")]
    [InlineData("a%20b")]
    public async Task Upload_UnderAnImpossibleName_IsRefused(string name) =>
        Assert.InRange((await Api.PostTextAsync($"/api/v1/datasets/{name}/versions", Csv, "text/csv")).Status, 400, 404);

    private Task<ApiAnswer> UploadAsync(string name, string csv, string query = "") => Api.PostTextAsync($"/api/v1/datasets/{name}/versions{query}", csv, "text/csv");
}
