using System.Reflection;
using Pulumi;

namespace MlOps.Infra;

/// <summary>Puts the same tags on every resource that can carry tags, so that no file can forget them.</summary>
internal static class TagPolicy
{
    public static Dictionary<string, string> TagsOf(string environment) =>
        new() { ["application"] = "mlops", ["environment"] = environment, ["managed-by"] = "pulumi" };

    public static ResourceTransformation For(string environment) => args =>
    {
        PropertyInfo? tags = args.Args.GetType().GetProperty("Tags");
        if (tags?.PropertyType == typeof(InputMap<string>))
            tags.SetValue(args.Args, InputMap<string>.Merge(TagsOf(environment), (InputMap<string>)tags.GetValue(args.Args)!));
        return new ResourceTransformationResult(args.Args, args.Options);
    };
}
