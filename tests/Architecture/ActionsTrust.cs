using YamlDotNet.RepresentationModel;

namespace MlOps.Architecture;

/// <summary>
/// Whom a job trusts: what has an identity in the cloud stands behind an environment's guards, production takes main alone, and beside
/// the code of a pull request there is neither a secret nor a right to write.
/// </summary>
internal sealed class ActionsTrust(YamlMappingNode root, string job, YamlMappingNode node)
{
    public IEnumerable<string> Problems
    {
        get
        {
            if (Permission("id-token") == "write" && Environment.Length == 0)
                yield return $"job {job} has an identity and no environment: whoever can push a branch could take it";
            if (Environment == "production" && !Lineage(node).Any(j => Condition(j).Contains("github.ref == 'refs/heads/main'", StringComparison.Ordinal)))
                yield return $"job {job} deploys to production from any branch; say github.ref == 'refs/heads/main' in it or in a job it needs";
            if (!RunsPullRequests || !ChecksOut)
                yield break;
            if (Scalars(node).Any(s => s.Contains("secrets.", StringComparison.Ordinal)))
                yield return $"job {job} runs a pull request's code beside a secret";
            if (ActionsFile.Maps(node).Where(m => m.Name == "permissions").SelectMany(m => m.Node.Children).Any(p => p.Value.ToString() == "write" && p.Key.ToString() != "id-token"))
                yield return $"job {job} runs a pull request's code with a right to write; write in a job of its own that runs nothing of it";
        }
    }

    private string Environment => ActionsFile.At(node, "environment") is YamlMappingNode map ? ActionsFile.TextAt(map, "name") : ActionsFile.TextAt(node, "environment");

    private bool RunsPullRequests => Scalars(ActionsFile.At(root, "on")).Contains("pull_request")
        && !Lineage(node).Any(j => Condition(j).Contains("event_name != 'pull_request'", StringComparison.Ordinal));

    private bool ChecksOut => Scalars(node).Any(s => s.StartsWith("actions/checkout@", StringComparison.Ordinal));

    private static string Condition(YamlMappingNode job) => ActionsFile.TextAt(job, "if");

    private static IEnumerable<string> Scalars(YamlNode? node) => node switch
    {
        YamlScalarNode scalar => [scalar.Value ?? ""],
        YamlSequenceNode list => list.SelectMany(Scalars),
        YamlMappingNode map => map.Children.SelectMany(c => Scalars(c.Key).Concat(Scalars(c.Value))),
        _ => [],
    };

    private string Permission(string name) => ActionsFile.At(node, "permissions") is YamlMappingNode map ? ActionsFile.TextAt(map, name) : "";

    /// <summary>The job and every job that must have succeeded before it: one that is skipped skips it as well.</summary>
    private IEnumerable<YamlMappingNode> Lineage(YamlMappingNode from) =>
        Scalars(ActionsFile.At(from, "needs")).Select(name => ActionsFile.At((YamlMappingNode)ActionsFile.At(root, "jobs")!, name)).OfType<YamlMappingNode>()
            .SelectMany(Lineage).Prepend(from);
}
