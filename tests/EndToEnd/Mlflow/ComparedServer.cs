using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace MlOps.EndToEnd.Mlflow;

/// <summary>One of the two servers: makes the calls, and remembers of their answers what later ones use.</summary>
internal sealed partial class ComparedServer(HttpClient http, string url)
{
    private readonly Dictionary<string, string> _values = [];

    /// <summary>What was captured: its name by its value.</summary>
    public IReadOnlyDictionary<string, string> Values => _values;

    public async Task<ComparedAnswer> SendAsync(ComparedCall call)
    {
        using HttpRequestMessage request = RequestOf(call);
        using HttpResponseMessage response = await http.SendAsync(request);
        string text = await response.Content.ReadAsStringAsync();
        var answer = new ComparedAnswer((int)response.StatusCode, JsonOf(text) ?? JsonValue.Create(text));
        foreach ((string name, string path) in call.Captures)
        {
            if (At(answer.Body, path) is { } value)
                _values[name] = value;
            else
                answer = answer with { Lacks = path };
        }

        return answer;
    }

    private HttpRequestMessage RequestOf(ComparedCall call)
    {
        string path = Filled(call.Path);
        HttpContent? content = null;
        if (call.Raw is { } raw)
            content = new ByteArrayContent(raw.Bytes) { Headers = { ContentType = raw.ContentType is { } type ? MediaTypeHeaderValue.Parse(type) : null } };
        else if (call is { Argument: { } query, Method: "GET" })
            path += "?" + QueryOf(Filled(query));
        else if (call.Argument is { } body)
            content = new StringContent(Filled(body), Encoding.UTF8, "application/json");
        // The path as it stands: "%2e%2e" is for the servers to refuse.
        var address = new Uri(url + path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        var request = new HttpRequestMessage(new HttpMethod(call.Method), address) { Content = content };
        if (call.Header is { } header)
            request.Headers.Add(header.Name, Filled(header.Value));
        return request;
    }

    private static string QueryOf(string json) => string.Join('&', JsonNode.Parse(json)!.AsObject()
        .SelectMany(p => (p.Value is JsonArray all ? [.. all] : (JsonNode?[])[p.Value]).Select(v => $"{p.Key}={Uri.EscapeDataString(v?.ToString() ?? "")}")));

    private string Filled(string text) => HolePattern().Replace(text, m => _values.GetValueOrDefault(m.Groups[1].Value, m.Value));

    private static string? At(JsonNode? node, string path)
    {
        foreach (string part in path.Split('.'))
            node = (node as JsonObject)?[part];
        return node?.ToString();
    }

    private static JsonNode? JsonOf(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    [GeneratedRegex(@"\{(\w+)\}")]
    private static partial Regex HolePattern();
}

/// <param name="Body">JSON, or a text that is none.</param>
/// <param name="Lacks">What was to be captured of it and is not there.</param>
internal sealed record ComparedAnswer(int Status, JsonNode? Body, string? Lacks = null);
