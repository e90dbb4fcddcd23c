using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using MlOps.Domain.Experiments;
using MlOps.Domain.Registry;
using MlOps.Domain.Serving;

namespace MlOps.Api.Tests.Registry;

/// <summary>Imports over HTTP, with files that other libraries wrote (tests/Learning.Tests/Importing/Samples).</summary>
public sealed class ImportRouteTests : ApiTest
{
    private const string Path = "/api/v1/models/churn/versions";

    private static readonly JsonElement Expected = JsonDocument.Parse(File.ReadAllBytes(Sample("xgb-categories.expected.json"))).RootElement;

    [Fact]
    public async Task Import_XgboostFile_IsEvaluatedRegisteredServedAndExplained()
    {
        await Api.PostTextAsync("/api/v1/datasets/telco/versions", Csv(), "text/csv");

        ApiAnswer answer = await ImportAsync("?file=m.json&target=churn&classes=no,yes&levels.plan=basic,plus,pro&evaluateOn=telco&trainedOn=telco@1&description=theirs");

        Assert.Equal(201, answer.Status);
        ImportedVersion imported = answer.Read<ImportedVersion>();
        ModelVersion version = (await Api.GetAsync($"{Path}/1")).Read<ModelVersion>();
        Assert.Equal(("xgboost-json", "XGBoost 1.7.4", 1, "xgboost"), (imported.Format, imported.Producer, imported.Version.Version, version.Trainer));
        Assert.Equal(1, version.Metrics["accuracy"]);
        Assert.Equal(("telco@1", "XGBoost 1.7.4", "theirs"), (version.Lineage.Dataset, version.Lineage.CodeVersion, version.Description));
        Run run = (await Api.GetAsync($"/api/v1/runs/{version.RunId}")).Read<Run>();
        Assert.Equal((RunStatus.Finished, "m.json", 1.0), (run.Status, run.Params["file"], run.Metrics["test.accuracy"]));
        await CheckServedAsync();
    }

    /// <summary>As the test before, of the other formats, with what their libraries (or, of CatBoost, the format's rules) say of the rows.</summary>
    [Theory]
    [InlineData("onnx-boosted", "onnx", "onnx", "f0,f1,f2,f3", 4)]
    [InlineData("lgb46-binary", "txt", "lightgbm", "age,income,visits,plan,zip", 3)]
    [InlineData("cat-two", "json", "catboost-json", "age,income,visits", 3)]
    public async Task Import_FileOfAnyFormat_IsEvaluatedRegisteredServedAndExplained(string name, string extension, string format, string columns, int numbers)
    {
        JsonElement said = JsonDocument.Parse(File.ReadAllBytes(Sample($"{name}.expected.json"))).RootElement;
        (JsonElement[] Values, double Yes)[] rows = [.. said.GetProperty("rows").EnumerateArray().Zip(said.GetProperty("prediction").EnumerateArray(), (row, p) => (row.EnumerateArray().ToArray(), p[p.GetArrayLength() - 1].GetDouble()))];
        IEnumerable<string> lines = rows.Select(row => string.Join(',', row.Values.Select(v => v.ValueKind == JsonValueKind.Null ? "" : v.GetRawText())) + (row.Yes >= 0.5 ? ",yes" : ",no"));
        await Api.PostTextAsync("/api/v1/datasets/telco/versions", $"{columns},churn\n{string.Join('\n', lines)}\n", "text/csv");

        ApiAnswer answer = await PostAsync($"?file={name}.{extension}&target=churn&classes=no,yes&evaluateOn=telco", File.ReadAllBytes(Sample($"{name}.{extension}")));

        Assert.Equal(201, answer.Status);
        Assert.Equal(format, answer.Read<ImportedVersion>().Format);
        ModelVersion version = (await Api.GetAsync($"{Path}/1")).Read<ModelVersion>();
        Assert.Equal((1.0, rows.Length > 0), (version.Metrics["accuracy"], version.Metrics.ContainsKey("auc")));
        await Api.Platform.Endpoints.ApplyAsync("churn", new TrafficChange(TrafficSplit.Whole(1), "first", null, null), None);
        (JsonElement[] values, double yes) = rows.First(row => row.Values.All(v => v.ValueKind != JsonValueKind.Null));
        Dictionary<string, object> asked = columns.Split(',').Index().ToDictionary(c => c.Item, c => c.Index < numbers ? (object)values[c.Index].GetDouble() : values[c.Index].GetRawText());
        JsonElement predicted = (await Api.PostAsync("/api/v1/predictions/churn", new { rows = new[] { asked }, explain = true })).Json.GetProperty("predictions")[0];
        Assert.Equal(yes, predicted.GetProperty("probabilities").GetProperty("yes").GetDouble(), 1e-6);
        Assert.Contains(columns.Split(',')[0], predicted.GetProperty("explanation").ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Import_SameFileAgain_IsTheSameVersionAndAnotherWayTheNext()
    {
        Assert.Equal(1, (await ImportAsync("")).Read<ImportedVersion>().Version.Version);
        Assert.Equal(1, (await ImportAsync("")).Read<ImportedVersion>().Version.Version);
        Assert.Equal(2, (await ImportAsync("?features=%5B%22a,b%22,%22b%22,%22c%22,%22d%22,%22e%22%5D")).Read<ImportedVersion>().Version.Version);
        Assert.Equal("a,b", (await Api.GetAsync($"{Path}/2")).Read<ModelVersion>().Signature.Inputs[0].Name);
    }

    [Fact]
    public async Task Import_WhatCannotBe_LeavesNothing()
    {
        Assert.Contains("Python pickle", (await PostAsync("", [0x80, 4, 0x95])).Problem(400, "model-import-format"), StringComparison.Ordinal);
        (await ImportAsync("?classes=one")).Problem(400, "model-import-option");
        (await ImportAsync("?clases=one,two")).Problem(400, "query-unknown");
        (await ImportAsync("?features=[a")).Problem(400, "query-invalid");
        Assert.Contains("item 1 of the query parameter 'features' is null", (await ImportAsync("?features=%5B%22a%22,null%5D")).Problem(400, "query-invalid"), StringComparison.Ordinal);
        (await ImportAsync("?levels.plan=%5Bnull%5D")).Problem(400, "query-invalid");
        (await ImportAsync("?evaluateOn=nothing")).Problem(404, "dataset-missing");
        Assert.Equal(0, (await Api.GetAsync("/api/v1/models")).Json.GetProperty("items").GetArrayLength());
    }

    private async Task CheckServedAsync()
    {
        await Api.Platform.Endpoints.ApplyAsync("churn", new TrafficChange(TrafficSplit.Whole(1), "first", null, null), None);
        JsonElement row = Expected.GetProperty("rows")[0];
        var request = new { rows = new[] { new { age = row[0], income = row[1], visits = row[2], plan = Plan(row), city = row[4].GetDouble().ToString(CultureInfo.InvariantCulture) } }, explain = true };

        JsonElement predicted = (await Api.PostAsync("/api/v1/predictions/churn", request)).Json.GetProperty("predictions")[0];

        Assert.Equal(Expected.GetProperty("prediction")[0][0].GetDouble(), predicted.GetProperty("probabilities").GetProperty("yes").GetDouble(), 1e-6);
        Assert.Contains("plan", predicted.GetProperty("explanation").ToString(), StringComparison.Ordinal);
    }

    /// <summary>The rows that XGBoost scored, with the class it gives each.</summary>
    private static string Csv()
    {
        var csv = new StringBuilder("age,income,visits,plan,city,churn\n");
        foreach ((JsonElement row, JsonElement p) in Expected.GetProperty("rows").EnumerateArray().Zip(Expected.GetProperty("prediction").EnumerateArray()))
        {
            string numbers = string.Join(',', row.EnumerateArray().Take(3).Select(v => v.ValueKind == JsonValueKind.Null ? "" : v.GetDouble().ToString("R", CultureInfo.InvariantCulture)));
            csv.AppendLine(CultureInfo.InvariantCulture, $"{numbers},{Plan(row)},{row[4].GetDouble()},{(p[0].GetDouble() >= 0.5 ? "yes" : "no")}");
        }

        return csv.ToString();
    }

    private static string Plan(JsonElement row) => new[] { "basic", "plus", "pro" }[(int)row[3].GetDouble()];

    private Task<ApiAnswer> ImportAsync(string query) => PostAsync(query, File.ReadAllBytes(Sample("xgb-categories.json")));

    private Task<ApiAnswer> PostAsync(string query, byte[] file)
    {
        var content = new ByteArrayContent(file);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        return Api.SendAsync(HttpMethod.Post, Path + query, content);
    }

    private static string Sample(string file)
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(System.IO.Path.Combine(folder.FullName, "MlOps.sln")))
            folder = folder.Parent;
        return System.IO.Path.Combine(folder!.FullName, "tests", "Learning.Tests", "Importing", "Samples", file);
    }
}
