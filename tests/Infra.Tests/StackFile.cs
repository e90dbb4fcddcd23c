using YamlDotNet.Serialization;

namespace MlOps.Infra.Tests;

/// <summary>The stack files that are committed, as the Pulumi program reads them.</summary>
internal static class StackFile
{
    public static Dictionary<string, string> Config(string stack)
    {
        string text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "stacks", $"Pulumi.{stack}.yaml"));
        // Beside the configuration Pulumi keeps what it needs for secrets.
        var file = new Deserializer().Deserialize<Dictionary<string, object>>(text);
        return ((Dictionary<object, object>)file["config"]).ToDictionary(e => (string)e.Key, e => (string)e.Value);
    }
}
