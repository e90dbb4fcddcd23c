using System.Text;
using System.Text.RegularExpressions;

namespace MlOps.EndToEnd.Mlflow;

/// <summary>
/// A table of calls, one a line:
/// <code>
/// POST mlflow/runs/create {"experiment_id": "{e1}"} > r1 = run.info.run_id ! name-of-a-difference
/// GET mlflow/experiments/get {"experiment_id": $}
///     "0"
///     "99999999"
/// PUT files/{e1}/a.txt &lt; text/plain hello
/// </code>
/// Indented lines are the calls that the line above makes with them in place of <c>$</c>. <c>{x*500}</c> is 500 times an x,
/// <c>{each 3: "k#" each}</c> is <c>"k0", "k1", "k2"</c>, <c>hex:</c> begins bytes, <c>-</c> is a body without a content type, <c>#</c> begins a comment.
/// </summary>
internal static partial class CallFile
{
    private static readonly Dictionary<string, string> Prefixes = new()
    {
        ["mlflow"] = "/api/2.0/mlflow",
        ["mlflow3"] = "/api/3.0/mlflow",
        ["ui"] = "/ajax-api/2.0/mlflow",
        ["ui3"] = "/ajax-api/3.0/mlflow",
        ["files"] = "/api/2.0/mlflow-artifacts/artifacts",
        ["proxy"] = "/api/2.0/mlflow-artifacts",
    };

    /// <exception cref="FormatException">A line is none of these.</exception>
    public static IEnumerable<ComparedCall> Read(string name, IEnumerable<string> lines)
    {
        ComparedCall? above = null;
        int number = 0;
        foreach (string line in lines)
        {
            number++;
            if (line.Length == 0 || line[0] == '#')
                continue;
            string where = $"{name}:{number}";
            if (line[0] == ' ')
            {
                yield return Row(above ?? throw new FormatException($"{where}: no call with $ stands above"), where, line.Trim());
                continue;
            }

            ComparedCall call = Call(where, line);
            above = call.Argument?.Contains('$', StringComparison.Ordinal) == true ? call : null;
            if (above is null)
                yield return call;
        }
    }

    private static ComparedCall Row(ComparedCall above, string where, string line)
    {
        Match row = RowPattern().Match(line);
        return above with
        {
            Where = where,
            Argument = above.Argument!.Replace("$", Expanded(row.Groups["json"].Value), StringComparison.Ordinal),
            Captures = CapturesOf(row),
            Reasons = ReasonsOf(row),
        };
    }

    private static ComparedCall Call(string where, string line)
    {
        Match call = CallPattern().Match(line);
        if (!call.Success)
            throw new FormatException($"{where}: '{line}' is no call");
        return new ComparedCall
        {
            Where = where,
            Method = call.Groups["method"].Value,
            Path = PathOf(Expanded(call.Groups["path"].Value)),
            Header = call.Groups["header"] is { Success: true } header ? (header.Value, call.Groups["value"].Value) : null,
            Argument = call.Groups["json"] is { Success: true } json ? Expanded(json.Value) : null,
            Raw = call.Groups["type"] is { Success: true } type ? (type.Value == "-" ? null : type.Value, BytesOf(Expanded(call.Groups["raw"].Value))) : null,
            Captures = CapturesOf(call),
            Reasons = ReasonsOf(call),
        };
    }

    private static string PathOf(string path)
    {
        string[] parts = path.Split('/', 2);
        return Prefixes.TryGetValue(parts[0], out string? prefix) ? parts.Length == 1 ? prefix : $"{prefix}/{parts[1]}" : path;
    }

    private static byte[] BytesOf(string text) => text.StartsWith("hex:", StringComparison.Ordinal) ? Convert.FromHexString(text[4..]) : Encoding.UTF8.GetBytes(text);

    private static string Expanded(string text)
    {
        text = EachPattern().Replace(text, m => string.Join(", ",
            Enumerable.Range(0, int.Parse(m.Groups[1].ValueSpan, null)).Select(i => m.Groups[2].Value.Replace("#", $"{i}", StringComparison.Ordinal))));
        return TimesPattern().Replace(text, m => new string(m.Groups[1].Value[0], int.Parse(m.Groups[2].ValueSpan, null)));
    }

    private static List<(string, string)> CapturesOf(Match match) =>
        [.. match.Groups["capture"].Value.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(c => c.Split('=', StringSplitOptions.TrimEntries)).Select(c => (c[0], c[1]))];

    private static HashSet<string> ReasonsOf(Match match) =>
        [.. match.Groups["reason"].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];

    private const string Tail = @"(?: > (?<capture>\w+ = [\w.]+(?:, \w+ = [\w.]+)*))?(?: ! (?<reason>[a-z0-9-]+(?:, [a-z0-9-]+)*))?$";

    [GeneratedRegex(@"^(?<method>GET|POST|PUT|PATCH|DELETE) (?<path>\S+)(?: \[(?<header>[\w-]+): (?<value>[^\]]*)\])?(?: < (?<type>\S+)(?: (?<raw>.*?))??| (?<json>[{\[""$].*?))?" + Tail)]
    private static partial Regex CallPattern();

    [GeneratedRegex("^(?<json>.*?)" + Tail)]
    private static partial Regex RowPattern();

    [GeneratedRegex(@"\{each (\d+): (.*?) each\}")]
    private static partial Regex EachPattern();

    [GeneratedRegex(@"\{(.)\*(\d+)\}")]
    private static partial Regex TimesPattern();
}
