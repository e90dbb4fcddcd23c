using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace MlOps.Architecture;

/// <summary>A workflow file of GitHub Actions, and what this repository asks of one.</summary>
internal sealed partial class ActionsFile(string name, string text)
{
    private readonly YamlMappingNode _root = Parse(text);

    /// <summary>Each as <c>file what</c>.</summary>
    public IReadOnlyList<string> Problems => [.. All().Select(p => $"{name}: {p}")];

    [GeneratedRegex(@"^\s*(?:-\s+)?uses:\s*(?<action>\S+)(?<rest>.*)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Uses();

    [GeneratedRegex(@"^[\w.-]+/[\w./-]+@[0-9a-f]{40}$")]
    private static partial Regex Pinned();

    [GeneratedRegex(@"^ # v\d+\.\d+\.\d+$")]
    private static partial Regex Version();

    private static YamlMappingNode Parse(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return (YamlMappingNode)stream.Documents[0].RootNode;
    }

    internal static IEnumerable<(string Name, YamlMappingNode Node)> Maps(YamlNode? node) =>
        node is YamlMappingNode map ? map.Children.Where(c => c.Value is YamlMappingNode).Select(c => (c.Key.ToString(), (YamlMappingNode)c.Value)) : [];

    internal static YamlNode? At(YamlMappingNode map, string key) =>
        map.Children.TryGetValue(new YamlScalarNode(key), out YamlNode? value) ? value : null;

    internal static string TextAt(YamlMappingNode map, string key) => (At(map, key) as YamlScalarNode)?.Value ?? "";

    private IEnumerable<string> All() => [.. OfTheFile(), .. OfActions(), .. Maps(At(_root, "jobs")).SelectMany(job => OfJob(job.Name, job.Node).Concat(new ActionsTrust(_root, job.Name, job.Node).Problems))];

    private IEnumerable<string> OfTheFile()
    {
        if (At(_root, "permissions") is not YamlMappingNode permissions)
            yield return "declare permissions at the top, the least that every job needs";
        else if (permissions.Children.Any(p => p.Value.ToString() == "write"))
            yield return "give write permissions to the job that needs them, not to all";
        if (At(_root, "concurrency") is null)
            yield return "declare concurrency";
        if (text.Contains("pull_request_target", StringComparison.Ordinal))
            yield return "pull_request_target runs a stranger's code beside secrets; use pull_request";
    }

    private IEnumerable<string> OfActions() => Uses().Matches(text.ReplaceLineEndings("\n"))
        .Where(m => !m.Groups["action"].Value.StartsWith("./", StringComparison.Ordinal))
        .Where(m => !Pinned().IsMatch(m.Groups["action"].Value) || !Version().IsMatch(m.Groups["rest"].Value))
        .Select(m => $"'{m.Value.Trim()}' must name a commit of 40 hex digits and its version: uses: owner/name@<commit> # v1.2.3");

    private static IEnumerable<string> OfJob(string job, YamlMappingNode node)
    {
        if (At(node, "uses") is null && At(node, "timeout-minutes") is null)
            yield return $"job {job} has no timeout-minutes";
        foreach (YamlMappingNode step in (At(node, "steps") as YamlSequenceNode)?.OfType<YamlMappingNode>() ?? [])
        {
            if (TextAt(step, "uses").StartsWith("actions/checkout@", StringComparison.Ordinal)
                && (At(step, "with") is not YamlMappingNode with || TextAt(with, "persist-credentials") != "false"))
                yield return $"job {job}: a checkout leaves its token behind; set persist-credentials: false";
            if (TextAt(step, "run").Contains("${{", StringComparison.Ordinal))
                yield return $"job {job}: a script has ${{{{ }}}} in it, where a value can become code; pass it by env";
        }
    }
}
