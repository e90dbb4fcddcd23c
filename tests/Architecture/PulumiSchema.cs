using System.Text.Json;

namespace MlOps.Architecture;

/// <summary>
/// What the provider takes: the arguments of its types and the values of its enums. The data comes from the provider's own schema;
/// one more type is one more line in infra-schema.json.
/// </summary>
internal sealed record PulumiSchema(Dictionary<string, Dictionary<string, string>> Args, Dictionary<string, Dictionary<string, string>> Enums)
{
    public const string RootNamespace = "Pulumi.AzureNative.";

    public static PulumiSchema Load()
    {
        string json = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "infra-schema.json"));
        return JsonSerializer.Deserialize<PulumiSchema>(json, JsonSerializerOptions.Web)!;
    }

    /// <summary>The argument of a type such as <c>Storage.Inputs.SkuArgs</c>, or null where it has none of that name.</summary>
    public PulumiArgument? Argument(string type, string name) =>
        Args[type].TryGetValue(name, out string? kind) ? new PulumiArgument(kind, ModuleOf(type)) : null;

    public IEnumerable<string> Required(string type) =>
        Args[type].Where(a => new PulumiArgument(a.Value, ModuleOf(type)).IsRequired).Select(a => a.Key);

    private static string ModuleOf(string type) => type[..type.IndexOf('.', StringComparison.Ordinal)];
}
