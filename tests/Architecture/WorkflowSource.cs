using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace MlOps.Architecture;

/// <summary>Finds what a workflow must not contain: anything whose outcome is not the same on each replay.</summary>
internal sealed class WorkflowSource(CSharpCompilation compilation)
{
    private static readonly string[] BannedTypes =
    [
        "System.TimeProvider", "System.Random", "System.Environment", "System.Console",
        "System.Diagnostics.Stopwatch", "System.Threading.Thread", "System.Threading.ThreadPool", "System.Threading.Timer",
        "System.Threading.PeriodicTimer", "System.Threading.SemaphoreSlim", "System.Threading.Tasks.Parallel",
        "System.Threading.Tasks.TaskFactory", "System.IO.File", "System.IO.Directory", "System.Net.Http.HttpClient",
        "System.Collections.Concurrent.ConcurrentDictionary", "System.Collections.Concurrent.ConcurrentBag",
    ];

    private static readonly string[] BannedMembers =
    [
        "System.DateTime.Now", "System.DateTime.UtcNow", "System.DateTime.Today", "System.DateTimeOffset.Now", "System.DateTimeOffset.UtcNow",
        "System.Guid.NewGuid", "System.Guid.CreateVersion7", "System.Threading.Tasks.Task.Run", "System.Threading.Tasks.Task.Delay",
        "System.Threading.Tasks.Task.Wait", "System.Threading.Tasks.Task.WaitAll",
        "System.Threading.Tasks.Task.WaitAny", "System.Threading.Tasks.Task.WaitAsync", "System.Threading.Tasks.Task.Result",
        "System.Threading.Tasks.Task.ConfigureAwait", "System.Threading.Tasks.Task.ContinueWith", "System.Threading.Tasks.Task.GetAwaiter",
        "System.Threading.CancellationTokenSource.CancelAfter", "System.Threading.CancellationTokenSource.CancelAsync",
    ];

    private static readonly string[] Unordered =
    [
        "Dictionary", "IDictionary", "IReadOnlyDictionary", "ImmutableDictionary", "FrozenDictionary",
        "HashSet", "ISet", "IReadOnlySet", "ImmutableHashSet", "FrozenSet", "KeyCollection", "ValueCollection",
    ];

    /// <summary>Members of Enumerable whose result does not depend on the order of what they read, or that make an order.</summary>
    private static readonly string[] Orderly =
        ["Order", "OrderBy", "OrderDescending", "OrderByDescending", "Any", "All", "Count", "LongCount", "Contains", "Min", "Max", "ToDictionary", "ToHashSet"];

    /// <summary>Each offence as <c>file:line what</c>.</summary>
    public IReadOnlyList<string> Offences => [.. compilation.SyntaxTrees.Where(IsWorkflow).SelectMany(OffencesIn)];

    /// <summary>Workflow classes outside <c>*.Workflow.cs</c>, where nobody would check them.</summary>
    public IReadOnlyList<string> Hidden =>
        [.. compilation.SyntaxTrees.Where(t => !IsWorkflow(t)).SelectMany(t => t.GetRoot().DescendantNodes().OfType<ClassDeclarationSyntax>(), (t, c) => (Tree: t, Class: c))
            .Where(d => IsWorkflow(compilation.GetSemanticModel(d.Tree).GetDeclaredSymbol(d.Class)))
            .Select(d => At(d.Class, $"workflow {d.Class.Identifier} must stand in a *.Workflow.cs file"))];

    private static bool IsWorkflow(SyntaxTree tree) => tree.FilePath.EndsWith(".Workflow.cs", StringComparison.Ordinal);

    private static bool IsWorkflow(INamedTypeSymbol? type) =>
        type is { IsAbstract: false, BaseType: { Name: "Workflow", ContainingNamespace.Name: "Workflows" } };

    private IEnumerable<string> OffencesIn(SyntaxTree tree)
    {
        SemanticModel model = compilation.GetSemanticModel(tree);
        foreach (SyntaxNode node in tree.GetRoot().DescendantNodes())
        {
            string? offence = node switch
            {
                SimpleNameSyntax name => Banned(model.GetSymbolInfo(name).Symbol),
                BaseObjectCreationExpressionSyntax creation => Timed(model, creation),
                ForEachStatementSyntax loop when IsUnordered(model, loop.Expression) => $"iterates over {loop.Expression}, which has no order",
                InvocationExpressionSyntax call => Reads(model, call),
                SpreadElementSyntax spread when IsUnordered(model, spread.Expression) => $"spreads {spread.Expression}, which has no order",
                _ => null,
            };
            if (offence is not null)
                yield return At(node, offence);
        }
    }

    private static string? Banned(ISymbol? symbol)
    {
        if (symbol is null or INamespaceSymbol)
            return null;
        INamedTypeSymbol? type = (symbol as INamedTypeSymbol ?? symbol.ContainingType)?.OriginalDefinition;
        if (type is null)
            return null;
        string owner = $"{type.ContainingNamespace}.{type.Name}";
        if (BannedTypes.Contains(owner))
            return $"uses {type.Name}";
        return symbol is not INamedTypeSymbol && BannedMembers.Contains($"{owner}.{symbol.Name}") ? $"uses {type.Name}.{symbol.Name}" : null;
    }

    private static string? Timed(SemanticModel model, BaseObjectCreationExpressionSyntax creation) =>
        model.GetTypeInfo(creation).Type is { Name: "CancellationTokenSource" } && creation.ArgumentList is { Arguments.Count: > 0 }
            ? "makes a CancellationTokenSource with a time"
            : null;

    private static string? Reads(SemanticModel model, InvocationExpressionSyntax call) =>
        model.GetSymbolInfo(call).Symbol is IMethodSymbol { ContainingType.Name: "Enumerable" } method
        && !Orderly.Contains(method.Name)
        && call.Expression is MemberAccessExpressionSyntax access
        && IsUnordered(model, access.Expression)
            ? $"reads {access.Expression} by {method.Name}, which has no order"
            : null;

    private static bool IsUnordered(SemanticModel model, ExpressionSyntax expression) =>
        (model.GetTypeInfo(expression).Type is { } type && Unordered.Contains(type.Name))
        || (expression is MemberAccessExpressionSyntax { Name.Identifier.Text: "Keys" or "Values" } access && IsUnordered(model, access.Expression));

    private static string At(SyntaxNode node, string what) =>
        $"{node.SyntaxTree.FilePath}:{node.GetLocation().GetLineSpan().StartLinePosition.Line + 1} {what}";
}
