using YamlDotNet.Serialization;

namespace MlOps.Infra.Tests;

/// <summary>The stack files that are committed, as the Pulumi program reads them.</summary>
internal static class StackFile
{
    public static Dictionary<string, string> Config(string stack)
    {
        string text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "stacks", $"Pulumi.{stack}.yaml"));
        return new Deserializer().Deserialize<Dictionary<string, Dictionary<string, string>>>(text)["config"];
    }
}
