using System.Text.Json;
using MlOps.Api.Http;
using MlOps.Domain.Registry;
using MlOps.Learning.Importing;

namespace MlOps.Api.Registry;

/// <summary>
/// How an import says what its file does not: <c>?file=churn.json&amp;target=churn&amp;features=a,b&amp;classes=no,yes&amp;levels.plan=basic,plus&amp;rounds=80&amp;evaluateOn=telco@3</c>.
/// Names are separated by commas, or a JSON list where a name has one.
/// </summary>
internal static class ImportQuery
{
    private const string LevelsPrefix = "levels.";

    private static readonly string[] Known = ["file", "target", "features", "classes", "rounds", "evaluateOn", "trainedOn", "description"];

    /// <exception cref="MlOpsException">Invalid <c>query-unknown</c>, <c>query-invalid</c>, <c>body-multipart</c>.</exception>
    public static ModelImport Of(ApiCall call)
    {
        string? unknown = call.Http.Request.Query.Keys.FirstOrDefault(k => !Known.Contains(k) && !k.StartsWith(LevelsPrefix, StringComparison.Ordinal));
        if (unknown is not null)
            throw MlOpsException.Invalid("query-unknown", $"the query parameter '{unknown}' is unknown: an import takes {string.Join(", ", Known)} and {LevelsPrefix}<input>");
        if (call.Http.Request.ContentType?.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase) == true)
            throw MlOpsException.Invalid("body-multipart", "the body is a multipart form, expected the file itself: curl --data-binary @FILE");
        var options = new ImportOptions
        {
            Target = call.Query("target") ?? ImportOptions.Default.Target,
            Features = Names(call, "features"),
            Classes = Names(call, "classes"),
            Rounds = call.QueryNumber("rounds", 1, int.MaxValue),
            Levels = call.Http.Request.Query.Keys.Where(k => k.StartsWith(LevelsPrefix, StringComparison.Ordinal)).ToDictionary(k => k[LevelsPrefix.Length..], k => Names(call, k)),
        };
        return new ModelImport(options, call.Query("file"), call.Query("evaluateOn"), call.Query("trainedOn"), call.Query("description"));
    }

    private static IReadOnlyList<string> Names(ApiCall call, string parameter)
    {
        if (call.Query(parameter) is not { } text)
            return [];
        if (text[0] != '[')
            return text.Split(',', StringSplitOptions.TrimEntries);
        try
        {
            string[] names = JsonSerializer.Deserialize<string[]>(text)!;
            int none = Array.IndexOf(names, null);
            return none < 0 ? names : throw MlOpsException.Invalid("query-invalid", $"item {none} of the query parameter '{parameter}' is null, expected a name");
        }
        catch (JsonException e)
        {
            throw MlOpsException.Invalid("query-invalid", $"the query parameter '{parameter}' begins as a JSON list and is none: {e.Message}");
        }
    }
}
