using YamlDotNet.Core;

namespace MlOps.Domain.Pipelines.Reading;

/// <summary>Collects every mistake of one document, in the order of the text.</summary>
internal sealed class YamlProblems(string file)
{
    private readonly List<PipelineProblem> _found = [];

    public IReadOnlyList<PipelineProblem> Found => [.. _found.OrderBy(p => p.Line).ThenBy(p => p.Column)];

    /// <summary>Every key path that was asked for, `[]` standing for an index and `*` for a name: what the documentation must list.</summary>
    public SortedSet<string> Keys { get; } = new(StringComparer.Ordinal);

    public void Add(Mark mark, string path, string message) => _found.Add(new(file, mark.Line, mark.Column, path, message));
}
