using System.Net.Http.Json;
using System.Text.Json;

namespace MlOps.EndToEnd.Killed;

/// <summary>Calls of a server as MLflow's client makes them.</summary>
internal sealed class MlflowCalls(Uri server) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = new Uri(server, "/api/2.0/") };

    public async Task<string> NewRunAsync() => Text((await PostAsync("mlflow/runs/create", new { experiment_id = "0" })).GetProperty("run").GetProperty("info"), "run_id");

    public async Task<JsonElement> RunAsync(string id) => (await GetAsync($"mlflow/runs/get?run_id={id}")).GetProperty("run");

    /// <param name="path">Below <c>/api/2.0/</c>, or from the root.</param>
    public async Task<JsonElement> PostAsync(string path, object body)
    {
        using HttpResponseMessage answer = await _http.PostAsJsonAsync(path, body);
        return await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>();
    }

    public Task<JsonElement> GetAsync(string path) => _http.GetFromJsonAsync<JsonElement>(path);

    public Task<byte[]> BytesAsync(string path) => _http.GetByteArrayAsync(path);

    public async Task PutAsync(string path, byte[] content)
    {
        using HttpResponseMessage answer = await _http.PutAsync(path, new ByteArrayContent(content));
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>A list that may be left out when it is empty.</summary>
    public static IReadOnlyList<JsonElement> List(JsonElement of, string name) => of.TryGetProperty(name, out JsonElement list) ? [.. list.EnumerateArray()] : [];

    public static string Text(JsonElement of, string name) => of.GetProperty(name).GetString()!;

    public void Dispose() => _http.Dispose();
}
