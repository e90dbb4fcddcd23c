using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using MlOps.Contracts;

namespace MlOps.EndToEnd;

/// <summary>A file of any length goes through the proxy, up and down, in the memory of a small one.</summary>
public sealed class LargeArtifactTests : IDisposable
{
    private const int BlockBytes = 1 << 20;

    /// <summary>What the process may hold at its peak beyond what a small file took.</summary>
    private const long MoreBytes = 64L << 20;

    private readonly TempDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableTheory]
    [InlineData(1_024, false)]
    [InlineData(256, true)]
    public async Task File_OfSoManyMebibytes_GoesUpAndDownInFlatMemory(int blocks, bool inParts)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "the peak of a process' memory is read from /proc");
        using ServerProcess server = await ServerProcess.StartAsync(_folder["data"]);
        using var http = new HttpClient { BaseAddress = new Uri(server.Url, "/api/2.0/mlflow-artifacts/") };
        await SendAsync(http, "small.bin", 16, inParts);
        await CheckAsync(http, "small.bin", 16);
        long before = server.PeakBytes;

        await SendAsync(http, "large.bin", blocks, inParts);
        await CheckAsync(http, "large.bin", blocks);

        Assert.InRange(server.PeakBytes, before, before + MoreBytes);
    }

    private static async Task SendAsync(HttpClient http, string name, int blocks, bool inParts)
    {
        if (!inParts)
        {
            await PutAsync(http, "artifacts/files/" + name, 0, blocks);
            return;
        }

        JsonElement upload = await PostAsync(http, "mpu/create/files", new { path = name, num_parts = 4 });
        var parts = new List<object>();
        foreach (JsonElement part in upload.GetProperty("credentials").EnumerateArray())
        {
            int number = part.GetProperty("part_number").GetInt32();
            string etag = await PutAsync(http, part.GetProperty("url").GetString()!, (number - 1) * (blocks / 4), blocks / 4);
            parts.Add(new { part_number = number, etag, url = "" });
        }

        await PostAsync(http, "mpu/complete/files", new { path = name, upload_id = upload.GetProperty("upload_id").GetString(), parts });
    }

    /// <returns>The ETag of a part.</returns>
    private static async Task<string> PutAsync(HttpClient http, string address, int first, int blocks)
    {
        using HttpResponseMessage answer = await http.PutAsync(address, new BlockContent(first, blocks));
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return answer.Headers.ETag?.Tag ?? "";
    }

    private static async Task<JsonElement> PostAsync(HttpClient http, string path, object body)
    {
        using HttpResponseMessage answer = await http.PostAsJsonAsync(path, body);
        return await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>();
    }

    private static async Task CheckAsync(HttpClient http, string name, int blocks)
    {
        using HttpResponseMessage answer = await http.GetAsync("artifacts/files/" + name, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal((long)blocks * BlockBytes, answer.Content.Headers.ContentLength);
        await using Stream content = await answer.Content.ReadAsStreamAsync();
        byte[] expected = NewBlock(), block = new byte[BlockBytes];
        for (int number = 0; number < blocks; number++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(expected, number);
            await content.ReadExactlyAsync(block);
            Assert.True(block.AsSpan().SequenceEqual(expected), $"block {number} of {name} is another than was sent");
        }

        Assert.Equal(-1, content.ReadByte());
    }

    private static byte[] NewBlock()
    {
        byte[] block = new byte[BlockBytes];
        new Random(7).NextBytes(block);
        return block;
    }

    /// <summary>Blocks of a file, each with its number in front.</summary>
    private sealed class BlockContent(int first, int blocks) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            byte[] block = NewBlock();
            for (int number = first; number < first + blocks; number++)
            {
                BinaryPrimitives.WriteInt32LittleEndian(block, number);
                await stream.WriteAsync(block);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = (long)blocks * BlockBytes;
            return true;
        }
    }
}
