using System.Collections.Concurrent;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace MlOps.Architecture;

/// <summary>One use of a type of slice <paramref name="To"/> in a file of slice <paramref name="From"/>; the empty name is the root folder.</summary>
internal sealed record SliceUse(string From, string To, string Type, string File, int Line, bool IsPublic)
{
    public override string ToString() => $"{From} -> {To}: {Type}{(IsPublic ? "" : " (internal)")} at {File}:{Line}";
}

/// <summary>src/Domain compiled in memory, and every use of one slice's types in another's files.</summary>
internal sealed class DomainModel
{
    /// <summary>What ImplicitUsings gives a class library, so that names bind as in the real build.</summary>
    private const string ImplicitUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    /// <summary>A partial method without its other part.</summary>
    private const string GeneratedBody = "CS8795";

    /// <summary>Loaded once: the assemblies of the platform are most of the work of a small compilation.</summary>
    private static readonly Lazy<MetadataReference[]> References = new(() =>
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Where(p => Path.GetFileName(p) is not ("MlOps.Domain.dll" or "MlOps.Architecture.dll"))
            .Select(p => MetadataReference.CreateFromFile(p))]);

    private readonly CSharpCompilation _compilation;

    /// <summary>Errors that leave a name without its symbol, and so a use unseen.</summary>
    private readonly ConcurrentBag<Diagnostic> _unbound = [];

    private DomainModel(CSharpCompilation compilation)
    {
        _compilation = compilation;
        Uses = [.. compilation.SyntaxTrees.AsParallel().AsOrdered().SelectMany(UsesIn).Distinct()];
    }

    public IReadOnlyList<SliceUse> Uses { get; }

    public CSharpCompilation Compilation => _compilation;

    public IEnumerable<string> Slices => _compilation.SyntaxTrees.Select(t => SliceOf(t.FilePath)).Distinct();

    public static DomainModel Compile(IEnumerable<string> files)
    {
        string root = Repository.PathOf("src/Domain");
        DomainModel model = Compile(files.Select(f => (Path.GetRelativePath(root, f).Replace('\\', '/'), File.ReadAllText(f))));
        return model._unbound.IsEmpty
            ? model
            : throw new InvalidOperationException("the arrows cannot be seen, since src/Domain does not compile here: " + string.Join("; ", model._unbound.Take(5)));
    }

    public static DomainModel Compile(IEnumerable<(string Path, string Source)> files)
    {
        var options = new CSharpParseOptions(LanguageVersion.Preview);
        IEnumerable<SyntaxTree> trees = files.Append((Path: "ImplicitUsings.cs", Source: ImplicitUsings)).Select(f => CSharpSyntaxTree.ParseText(f.Source, options, f.Path));
        return new DomainModel(CSharpCompilation.Create("Domain", trees, References.Value, new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary)));
    }

    private IEnumerable<SliceUse> UsesIn(SyntaxTree tree)
    {
        SemanticModel model = _compilation.GetSemanticModel(tree);
        string from = SliceOf(tree.FilePath);
        foreach (SimpleNameSyntax name in tree.GetRoot().DescendantNodes().OfType<SimpleNameSyntax>())
        {
            ISymbol? symbol = model.GetSymbolInfo(name).Symbol;
            if (symbol is null)
                ErrorsOf(model, name).ForEach(_unbound.Add);
            if (OwnerOf(symbol) is not { } type || type.DeclaringSyntaxReferences is not [{ SyntaxTree: { } declared }, ..])
                continue;
            int line = tree.GetLineSpan(name.Span).StartLinePosition.Line + 1;
            yield return new SliceUse(from, SliceOf(declared.FilePath), type.Name, tree.FilePath, line, IsPublic(type));
        }
    }

    /// <summary>Why a name has no symbol; some need none, as nameof. A compiler asked about one name binds its member only, the whole project takes as long again.</summary>
    private static List<Diagnostic> ErrorsOf(SemanticModel model, SimpleNameSyntax name) =>
        [.. model.GetDiagnostics(name.Span).Where(d => d.Severity == DiagnosticSeverity.Error && d.Id != GeneratedBody)];

    private static INamedTypeSymbol? OwnerOf(ISymbol? symbol) => symbol switch
    {
        INamedTypeSymbol type => type.OriginalDefinition,
        null or INamespaceSymbol => null,
        _ => symbol.ContainingType?.OriginalDefinition,
    };

    private static bool IsPublic(INamedTypeSymbol? type) =>
        type is null || (type.DeclaredAccessibility == Accessibility.Public && IsPublic(type.ContainingType));

    private static string SliceOf(string path) => path.Split('/') is [var first, _, ..] ? first : "";
}
