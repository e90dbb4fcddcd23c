using MlOps.Domain.Registry;
using MlOps.Domain.Registry.Search;

namespace MlOps.Api.Protocols.Mlflow;

/// <summary>Fields that calls of the registry have in common.</summary>
internal static class RegistryFields
{
    /// <summary>A version number, which clients send as text.</summary>
    public static int Version(MlflowFields fields) => fields.RequiredInteger("version") switch
    {
        >= 1 and <= int.MaxValue and var number => (int)number,
        var number => throw MlOpsException.NotFound("model-version-missing", $"Model Version (name={fields.Text("name")}, version={number}) not found"),
    };

    /// <summary>An alias to look for, or <c>latest</c>.</summary>
    public static string Alias(MlflowFields fields)
    {
        string alias = fields.RequiredText("alias");
        return alias.Equals(RegistryLimits.Latest, StringComparison.OrdinalIgnoreCase) ? RegistryLimits.Latest : RegistryLimits.CheckAlias(alias);
    }

    /// <exception cref="MlOpsException">Invalid <c>stage-invalid</c>.</exception>
    public static ModelStage Stage(string text) => Enum.GetValues<ModelStage>().Where(s => s.ToString().Equals(text, StringComparison.OrdinalIgnoreCase)).Select(s => (ModelStage?)s).FirstOrDefault()
        ?? throw MlOpsException.Invalid("stage-invalid", $"Invalid Model Version stage: {text}. Value must be one of {string.Join(", ", Enum.GetNames<ModelStage>())}.");

    /// <summary>The last of a repeated key stands.</summary>
    public static Dictionary<string, string> Tags(MlflowFields fields)
    {
        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (MlflowFields tag in fields.Objects("tags"))
            tags[tag.RequiredText("key")] = tag.Text("value") ?? "";
        return tags;
    }

    public static RegistryQuery Query(MlflowFields fields, int ordinary, int most) => new()
    {
        Filter = fields.Text("filter"),
        OrderBy = fields.Texts("order_by"),
        Limit = fields.Integer("max_results", 1, most) ?? ordinary,
        Continuation = fields.Text("page_token"),
    };
}
