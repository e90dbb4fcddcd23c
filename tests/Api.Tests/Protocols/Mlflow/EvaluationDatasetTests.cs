using System.Text.Json;

namespace MlOps.Api.Tests.Protocols.Mlflow;

[Collection(MlflowTests.Name)]
public sealed class EvaluationDatasetTests(MlflowServer mlflow)
{
    private const string Path = "/api/3.0/mlflow/datasets";

    [Fact]
    public async Task Dataset_IsMadeFilledAndReadBack_AsClientsDo()
    {
        string experiment = await mlflow.NewExperimentAsync();
        JsonElement made = await OkAsync("/create", new { name = "qa", experiment_ids = new[] { experiment }, tags = """{"mlflow.user":"ann","n":3,"t":true,"none":null}""" });
        string id = Text(made.GetProperty("dataset"), "dataset_id");

        JsonElement merged = await OkAsync($"/{id}/records", new
        {
            records = """
                [{"inputs":{"q":"a"},"expectations":{"e":1.5},"tags":{"mlflow.user":"bob"},"source":{"source_type":"human"}},
                 {"inputs":{"q":"b"},"outputs":"txt","source":{"source_type":"TRACE","source_data":{"trace_id":"tr-1"}}},
                 {"inputs":{"q":"a"},"expectations":{"f":[1]}}]
                """,
        });

        Assert.Matches("^d-[0-9a-f]{32}$", id);
        Assert.Equal($$"""["{{experiment}}"]""", made.GetProperty("dataset").GetProperty("experiment_ids").GetRawText());
        Assert.Equal("""{"inserted_count":2,"updated_count":1}""", merged.GetRawText());
        JsonElement dataset = (await GetAsync($"/{id}")).GetProperty("dataset");
        Assert.Equal(("""{"mlflow.user":"ann","n":"3","t":"True"}""", """{"num_records":2}""", "ann", "bob"), (Text(dataset, "tags"), Text(dataset, "profile"), Text(dataset, "created_by"), Text(dataset, "last_updated_by")));
        Assert.Equal("""{"inputs":{"q":"string"},"outputs":"string","expectations":{"e":"float","f":"array"},"version":"1.0"}""", Text(dataset, "schema"));
        Assert.False(dataset.TryGetProperty("experiment_ids", out _));
        Assert.Equal($$"""{"experiment_ids":["{{experiment}}"]}""", (await GetAsync($"/{id}/experiment-ids")).GetRawText());
        JsonElement[] records = await RecordsAsync(id);
        Assert.Equal(["""{"q":"a"}""", """{"q":"b"}"""], records.Select(r => r.GetProperty("inputs").GetRawText()));
        Assert.Equal(("""{"e":1.5,"f":[1]}""", """{"mlflow.user":"bob"}""", "{}", "HUMAN"), (Raw(records[0], "expectations"), Raw(records[0], "tags"), Raw(records[0], "outputs"), Text(records[0], "source_type")));
        Assert.Equal(("""{"source_type":"TRACE","source_data":{"trace_id":"tr-1"}}""", "tr-1", "\"txt\"", "{}"), (Raw(records[1], "source"), Text(records[1], "source_id"), Raw(records[1], "outputs"), Raw(records[1], "tags")));
        Assert.Equal((id, "bob"), (Text(records[0], "dataset_id"), Text(records[0], "created_by")));
    }

    [Fact]
    public async Task Records_OfAPage_GoOnWithItsToken()
    {
        string id = await NewAsync();
        string text = new('é', 3_000);
        await OkAsync($"/{id}/records", new { records = JsonSerializer.Serialize(Enumerable.Range(0, 60).Select(n => new { inputs = new { n, text } })) });

        JsonElement first = await GetAsync($"/{id}/records?max_results=55&dataset_id={id}");
        JsonElement second = await GetAsync($"/{id}/records?page_token={Uri.EscapeDataString(Text(first, "next_page_token"))}");

        Assert.Equal(Enumerable.Range(0, 60), Records(first).Concat(Records(second)).Select(r => r.GetProperty("inputs").GetProperty("n").GetInt32()));
        Assert.Equal(text, Text(Records(first)[54].GetProperty("inputs"), "text"));
        Assert.False(second.TryGetProperty("next_page_token", out _));
        Assert.Equal(60, (await RecordsAsync(id, "?max_results=0")).Length);
    }

    [Fact]
    public async Task Records_OfAFrameWithoutValues_AreTaken()
    {
        string id = await NewAsync();

        await OkAsync($"/{id}/records", new { records = """[{"inputs":{"x":NaN},"expectations":NaN,"tags":NaN,"source":NaN},{}]""" });

        JsonElement[] records = await RecordsAsync(id);
        Assert.Equal(["""{"x":"NaN"}""", "{}"], records.Select(r => Raw(r, "inputs")));
        Assert.False(records[0].TryGetProperty("expectations", out _));
        Assert.False(records[0].TryGetProperty("source", out _));
    }

    [Theory]
    [InlineData("x")]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("""[{"inputs":[1]}]""")]
    [InlineData("""[{"inputs":null}]""")]
    [InlineData("""[{"inputs":{},"expectations":[]}]""")]
    [InlineData("""[{"inputs":{},"tags":"x"}]""")]
    [InlineData("""[{"inputs":{},"source":{"source_type":"NOPE"}}]""")]
    [InlineData("""[{"inputs":{},"source":{"source_data":{}}}]""")]
    [InlineData("""[{"inputs":{"a":"\ud800"}}]""")]
    public async Task Merge_OfWhatAreNoRecords_IsRefused(string records)
    {
        string id = await NewAsync();

        ApiAnswer answer = await SendAsync(HttpMethod.Post, $"/{id}/records", new { records });

        Assert.Equal((400, "INVALID_PARAMETER_VALUE"), (answer.Status, Text(answer.Json, "error_code")));
        Assert.Empty(await RecordsAsync(id));
    }

    [Fact]
    public async Task DeleteRecords_TakesOffThoseThatAreNamed()
    {
        string id = await NewAsync();
        await OkAsync($"/{id}/records", new { records = """[{"inputs":{"n":1}},{"inputs":{"n":2}}]""" });
        JsonElement[] records = await RecordsAsync(id);

        ApiAnswer deleted = await SendAsync(HttpMethod.Delete, $"/{id}/records", new { dataset_record_ids = new[] { Text(records[0], "dataset_record_id"), "dr-none" } });

        Assert.Equal("""{"deleted_count":1}""", deleted.Body);
        Assert.Equal(["""{"n":2}"""], (await RecordsAsync(id)).Select(r => Raw(r, "inputs")));
        Assert.Equal("""{"num_records":1}""", Text((await GetAsync($"/{id}")).GetProperty("dataset"), "profile"));
    }

    [Fact]
    public async Task Search_AsTheUiAsks_FindsThoseOfTheExperiment()
    {
        string experiment = await mlflow.NewExperimentAsync();
        string[] ids = [await NewAsync("Alpha", experiment), await NewAsync("beta", experiment), await NewAsync("alpha too")];

        ApiAnswer found = await mlflow.Api.PostTextAsync("/ajax-api/3.0/mlflow/datasets/search", $$"""{"experiment_ids":["{{experiment}}"],"filter_string":"name ILIKE '%ALPHA%'","order_by":["created_time DESC"],"max_results":50}""");
        JsonElement first = await OkAsync("/search", new { experiment_ids = new[] { experiment }, order_by = new[] { "name" }, max_results = 1 });
        JsonElement rest = await GetAsync($"/search?experiment_ids={experiment}&order_by=name&max_results=1&page_token={Text(first, "next_page_token")}");

        Assert.Equal([ids[0]], Ids(found.Json));
        Assert.Equal([ids[0], ids[1]], Ids(first).Concat(Ids(rest)));
        Assert.Equal("{}", (await OkAsync("/search", new { experiment_ids = new[] { "987654" } })).GetRawText());
        Assert.Equal(400, (await SendAsync(HttpMethod.Post, "/search", new { filter_string = "params.x = 'y'" })).Status);
    }

    [Fact]
    public async Task TagsAndExperiments_Change_AndTheDatasetGoes()
    {
        string experiment = await mlflow.NewExperimentAsync();
        string id = await NewAsync("qa");

        await SendAsync(HttpMethod.Patch, $"/{id}/tags", new { tags = """{"a/b":"1","c":"2"}""" });
        await SendAsync(HttpMethod.Delete, $"/{id}/tags/a/b");
        await OkAsync($"/{id}/add-experiments", new { experiment_ids = new[] { experiment } });
        string[] added = [.. (await GetAsync($"/{id}/experiment-ids")).GetProperty("experiment_ids").EnumerateArray().Select(e => e.GetString()!)];
        await OkAsync($"/{id}/remove-experiments", new { experiment_ids = new[] { experiment } });

        Assert.Equal([experiment], added);
        Assert.Equal("{}", (await GetAsync($"/{id}/experiment-ids")).GetRawText());
        Assert.Equal("""{"c":"2"}""", Text((await GetAsync($"/{id}")).GetProperty("dataset"), "tags"));
        Assert.Equal("{}", (await SendAsync(HttpMethod.Delete, $"/{id}")).Body);
        Assert.Equal("{}", (await SendAsync(HttpMethod.Delete, $"/{id}")).Body);
        ApiAnswer gone = await mlflow.Api.GetAsync($"{Path}/{id}");
        Assert.Equal((404, "RESOURCE_DOES_NOT_EXIST"), (gone.Status, Text(gone.Json, "error_code")));
        Assert.Equal((404, "RESOURCE_DOES_NOT_EXIST"), ((await mlflow.Api.GetAsync($"{Path}/{id}/records")).Status, Text((await SendAsync(HttpMethod.Post, $"/{id}/records", new { records = "[]" })).Json, "error_code")));
    }

    [Theory]
    [InlineData("""{}""", 400)]
    [InlineData("""{"name":"x","tags":"nope"}""", 400)]
    [InlineData("""{"name":"x","tags":"[1]"}""", 400)]
    [InlineData("""{"name":"x","experiment_ids":["987654"]}""", 404)]
    [InlineData("""{"name":"x","dataset_id":"a/b"}""", 400)]
    public async Task Create_OfWhatIsNoDataset_IsRefused(string body, int status) => Assert.Equal(status, (await mlflow.Api.PostTextAsync(Path + "/create", body)).Status);

    private async Task<string> NewAsync(string name = "qa", params string[] experiments) => Text((await OkAsync("/create", new { name, experiment_ids = experiments })).GetProperty("dataset"), "dataset_id");

    private async Task<JsonElement[]> RecordsAsync(string id, string query = "") => Records(await GetAsync($"/{id}/records{query}"));

    private static JsonElement[] Records(JsonElement answer) => [.. JsonSerializer.Deserialize<JsonElement>(Text(answer, "records")).EnumerateArray()];

    private static IEnumerable<string> Ids(JsonElement answer) => answer.GetProperty("datasets").EnumerateArray().Select(d => Text(d, "dataset_id"));

    private async Task<JsonElement> GetAsync(string path)
    {
        ApiAnswer answer = await mlflow.Api.GetAsync(Path + path);
        Assert.True(answer.Status == 200, answer.Body);
        return answer.Json;
    }

    private async Task<JsonElement> OkAsync(string path, object body)
    {
        ApiAnswer answer = await SendAsync(HttpMethod.Post, path, body);
        Assert.True(answer.Status == 200, answer.Body);
        return answer.Json;
    }

    private Task<ApiAnswer> SendAsync(HttpMethod method, string path, object? body = null) =>
        mlflow.Api.SendAsync(method, Path + path, body is null ? null : new StringContent(JsonSerializer.Serialize(body), System.Text.Encoding.UTF8, "application/json"));

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;

    private static string Raw(JsonElement json, string name) => json.GetProperty(name).GetRawText();
}
