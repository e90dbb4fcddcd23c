using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace MlOps.Architecture;

/// <summary>Finds which of the provider's types a simple name means in a file, from its usings and from the global ones.</summary>
internal sealed class PulumiNames(PulumiSchema schema, CompilationUnitSyntax file, IEnumerable<UsingDirectiveSyntax> global)
{
    private readonly UsingDirectiveSyntax[] _usings = [.. file.Usings, .. global];

    /// <summary>Names in the schema, such as <c>Storage.Inputs.SkuArgs</c>; more than one is an ambiguity that would not compile.</summary>
    public IReadOnlyList<string> TypesCalled(string name) =>
        Alias(name) is { } aliased
            ? [aliased]
            : [.. _usings.Where(u => u.Alias is null).Select(NameOf).OfType<string>().Select(n => $"{n}.{name}").Where(schema.Args.ContainsKey).Distinct()];

    /// <summary>Enums called so in the namespaces the file uses.</summary>
    public IEnumerable<string> EnumsCalled(string name) =>
        _usings.Where(u => u.Alias is null).Select(NameOf).OfType<string>().Select(n => $"{n}.{name}").Where(schema.Enums.ContainsKey).Distinct();

    private string? Alias(string name) =>
        _usings.Where(u => u.Alias?.Name.Identifier.Text == name).Select(NameOf).OfType<string>().FirstOrDefault();

    private static string? NameOf(UsingDirectiveSyntax directive)
    {
        string full = directive.NamespaceOrType.ToString();
        return full.StartsWith(PulumiSchema.RootNamespace, StringComparison.Ordinal) ? full[PulumiSchema.RootNamespace.Length..] : null;
    }
}
