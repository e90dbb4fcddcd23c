using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace MlOps.Architecture;

/// <summary>A method of functions/ that the Functions host calls.</summary>
/// <param name="Lines">Of its body.</param>
internal sealed record FunctionMethod(string Name, string Trigger, string? TriggerText, int Lines, string File);

/// <summary>The functions of the cloud host, read by syntax alone: its packages, which not every feed has, are not needed.</summary>
internal static class FunctionSource
{
    public static IReadOnlyList<FunctionMethod> Read() => [.. Repository.Sources("functions").SelectMany(f => Read(Path.GetFileName(f), File.ReadAllText(f)))];

    public static IEnumerable<FunctionMethod> Read(string file, string source) =>
        CSharpSyntaxTree.ParseText(source).GetRoot().DescendantNodes().OfType<MethodDeclarationSyntax>()
            .Where(m => Attributes(m.AttributeLists, "Function").Any())
            .Select(m => Describe(file, m));

    private static FunctionMethod Describe(string file, MethodDeclarationSyntax method)
    {
        AttributeSyntax trigger = method.ParameterList.Parameters.SelectMany(p => p.AttributeLists).SelectMany(l => l.Attributes)
            .Single(a => a.Name.ToString().EndsWith("Trigger", StringComparison.Ordinal));
        return new(Text(Attributes(method.AttributeLists, "Function").Single())!, trigger.Name.ToString(), Text(trigger), Lines(method), file);
    }

    private static IEnumerable<AttributeSyntax> Attributes(SyntaxList<AttributeListSyntax> lists, string name) =>
        lists.SelectMany(l => l.Attributes).Where(a => a.Name.ToString() == name);

    /// <summary>The first argument that is a text.</summary>
    private static string? Text(AttributeSyntax attribute) =>
        attribute.ArgumentList?.Arguments.Select(a => a.Expression).OfType<LiteralExpressionSyntax>().Select(e => e.Token.ValueText).FirstOrDefault();

    /// <summary>Without the braces of a block.</summary>
    private static int Lines(MethodDeclarationSyntax method)
    {
        var body = (CSharpSyntaxNode?)method.Body ?? method.ExpressionBody!.Expression;
        FileLinePositionSpan span = body.GetLocation().GetLineSpan();
        int lines = span.EndLinePosition.Line - span.StartLinePosition.Line + 1;
        return method.Body is null ? lines : lines - 2;
    }
}
