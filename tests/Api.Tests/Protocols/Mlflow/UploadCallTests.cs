using System.Text;
using System.Text.Json;

namespace MlOps.Api.Tests.Protocols.Mlflow;

[Collection(MlflowTests.Name)]
public sealed class UploadCallTests(MlflowServer mlflow)
{
    private const string Proxy = "/api/2.0/mlflow-artifacts";

    [Fact]
    public async Task Parts_InAnyOrder_AreOneFileOnceComplete()
    {
        (string id, string[] urls) = await CreateAsync("parts/deep", "C:\\home\\big file.bin", 3);
        string[] etags = new string[3];
        foreach (int part in new[] { 2, 0, 1 })
            etags[part] = (await PutAsync(urls[part], $"part {part};")).Header("ETag")!;

        (await mlflow.Api.GetAsync($"{Proxy}/artifacts/parts/deep/big%20file.bin")).MlflowError(404, "RESOURCE_DOES_NOT_EXIST");
        Assert.Equal("{}", (await CompleteAsync("parts/deep", "big file.bin", id, etags)).Body);
        Assert.Equal("{}", (await CompleteAsync("parts/deep", "big file.bin", id, etags)).Body);
        Assert.Equal("part 0;part 1;part 2;", (await mlflow.Api.GetAsync($"{Proxy}/artifacts/parts/deep/big%20file.bin")).Body);
    }

    [Fact]
    public async Task Complete_WithAPartMissingOrChanged_IsRefused_AndMayBeRepeated()
    {
        (string id, string[] urls) = await CreateAsync("", "f", 2);
        string first = (await PutAsync(urls[0], "a")).Header("ETag")!;

        (await CompleteAsync("", "f", id, [first, ""])).MlflowError(400, "INVALID_PARAMETER_VALUE");
        string second = (await PutAsync(urls[1], "b")).Header("ETag")!;
        (await CompleteAsync("", "f", id, [second, first])).MlflowError(400, "INVALID_PARAMETER_VALUE");
        (await CompleteAsync("elsewhere", "f", id, [first, second])).MlflowError(400, "INVALID_PARAMETER_VALUE");
        await CompleteAsync("", "f", id, [first, second]);

        Assert.Equal("ab", (await mlflow.Api.GetAsync($"{Proxy}/artifacts/f")).Body);
    }

    [Theory]
    [InlineData]
    [InlineData(1, 3)]
    [InlineData(2, 3)]
    [InlineData(1, 1, 2, 3)]
    public async Task Complete_WithPartsLeftOutOrNamedTwice_IsRefused_AndKeepsTheFileThatWasThere(params int[] numbers)
    {
        string folder = "order" + string.Join('-', numbers);
        await mlflow.Api.SendAsync(HttpMethod.Put, $"{Proxy}/artifacts/{folder}/f", new ByteArrayContent("before"u8.ToArray()));
        (string id, string[] urls) = await CreateAsync(folder, "f", 3);
        foreach (string url in urls)
            await PutAsync(url, "x");

        string body = JsonSerializer.Serialize(new { path = "f", upload_id = id, parts = numbers.Select(n => new { part_number = n, etag = "" }) });
        (await mlflow.Api.PostTextAsync($"{Proxy}/mpu/complete/{folder}", body)).MlflowError(400, "INVALID_PARAMETER_VALUE");

        Assert.Equal("before", (await mlflow.Api.GetAsync($"{Proxy}/artifacts/{folder}/f")).Body);
    }

    [Fact]
    public async Task Abort_ForgetsTheParts()
    {
        (string id, string[] urls) = await CreateAsync("gone", "f", 1);
        await PutAsync(urls[0], "a");

        Assert.Equal("{}", (await mlflow.Api.PostTextAsync($"{Proxy}/mpu/abort/gone", $$"""{"path":"f","upload_id":"{{id}}"}""")).Body);

        (await PutAsync(urls[0], "a")).MlflowError(404, "RESOURCE_DOES_NOT_EXIST");
        (await CompleteAsync("gone", "f", id, [""])).MlflowError(404, "RESOURCE_DOES_NOT_EXIST");
    }

    [Theory]
    [InlineData("..%2Fx", "f", 1)]
    [InlineData("x", "..", 1)]
    [InlineData("x", "f", 0)]
    [InlineData("x", "f", 10_001)]
    public async Task Create_OfWhatCannotBe_IsRefused(string folder, string file, int parts) =>
        (await mlflow.Api.PostTextAsync($"{Proxy}/mpu/create/{folder}", $$"""{"path":"{{file}}","num_parts":{{parts}}}""")).MlflowError(400, "INVALID_PARAMETER_VALUE");

    private async Task<(string Id, string[] Urls)> CreateAsync(string folder, string file, int parts)
    {
        ApiAnswer answer = await mlflow.Api.PostTextAsync($"{Proxy}/mpu/create/{folder}", JsonSerializer.Serialize(new { path = file, num_parts = parts }));
        Assert.True(answer.Status == 200, answer.Body);
        return (answer.Json.GetProperty("upload_id").GetString()!, [.. answer.Json.GetProperty("credentials").EnumerateArray().Select(c => c.GetProperty("url").GetString()!)]);
    }

    private Task<ApiAnswer> PutAsync(string url, string content) => mlflow.Api.SendAsync(HttpMethod.Put, url, new ByteArrayContent(Encoding.UTF8.GetBytes(content)));

    private Task<ApiAnswer> CompleteAsync(string folder, string file, string id, string[] etags) => mlflow.Api.PostTextAsync(
        $"{Proxy}/mpu/complete/{folder}",
        JsonSerializer.Serialize(new { path = file, upload_id = id, parts = etags.Select((etag, i) => new { part_number = i + 1, etag }) }));
}
