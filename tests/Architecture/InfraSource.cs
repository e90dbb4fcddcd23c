using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace MlOps.Architecture;

/// <summary>
/// Checks every argument that infra/ gives to the provider against the provider's schema, by syntax alone: the packages, which not
/// every feed has, are not needed.
/// </summary>
internal sealed class InfraSource(PulumiSchema schema, IReadOnlyList<SyntaxTree> trees)
{
    private readonly UsingDirectiveSyntax[] _global =
        [.. trees.SelectMany(t => t.GetCompilationUnitRoot().Usings).Where(u => u.GlobalKeyword.IsKind(SyntaxKind.GlobalKeyword))];

    /// <summary>Each as <c>file:line what</c>.</summary>
    public IReadOnlyList<string> Problems => [.. trees.SelectMany(ProblemsIn)];

    /// <summary>How many argument objects were looked at; a check that looks at none proves nothing.</summary>
    public int Checked => trees.Sum(t => Creations(t).Count());

    private static IEnumerable<BaseObjectCreationExpressionSyntax> Creations(SyntaxTree tree) =>
        tree.GetRoot().DescendantNodes().OfType<BaseObjectCreationExpressionSyntax>()
            .Where(c => TypeOf(c)?.EndsWith("Args", StringComparison.Ordinal) == true);

    /// <summary>What is created; for <c>new()</c> what the method, property or variable says.</summary>
    private static string? TypeOf(BaseObjectCreationExpressionSyntax creation) => creation switch
    {
        ObjectCreationExpressionSyntax written => SimpleName(written.Type),
        { Parent: ArrowExpressionClauseSyntax { Parent: MethodDeclarationSyntax method } } => SimpleName(method.ReturnType),
        { Parent: ArrowExpressionClauseSyntax { Parent: PropertyDeclarationSyntax property } } => SimpleName(property.Type),
        { Parent: EqualsValueClauseSyntax { Parent.Parent: VariableDeclarationSyntax variable } } => SimpleName(variable.Type),
        { Parent: ReturnStatementSyntax } => creation.FirstAncestorOrSelf<MethodDeclarationSyntax>() is { } method ? SimpleName(method.ReturnType) : null,
        _ => null,
    };

    private static string SimpleName(TypeSyntax type) => type.ToString().Split('.')[^1];

    private IEnumerable<string> ProblemsIn(SyntaxTree tree)
    {
        var names = new PulumiNames(schema, tree.GetCompilationUnitRoot(), _global);
        foreach (BaseObjectCreationExpressionSyntax creation in Creations(tree))
        {
            IReadOnlyList<string> types = names.TypesCalled(TypeOf(creation)!);
            IEnumerable<string> problems = types switch
            {
                [] => [$"{TypeOf(creation)} is not in the schema's data"],
                [string one] when schema.Args.ContainsKey(one) => new InfraArguments(schema, names, one).ProblemsOf(creation),
                [string one] => [$"{one} is not in the schema's data"],
                _ => [$"{TypeOf(creation)} may be {string.Join(" or ", types)}: name one with an alias"],
            };
            foreach (string problem in problems)
                yield return $"{Path.GetFileName(tree.FilePath)}:{creation.GetLocation().GetLineSpan().StartLinePosition.Line + 1} {problem}";
        }
    }
}
