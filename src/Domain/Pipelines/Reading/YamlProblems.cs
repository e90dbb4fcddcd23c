using YamlDotNet.Core;

namespace MlOps.Domain.Pipelines.Reading;

/// <summary>Collects every mistake of one document, in the order of the text.</summary>
internal sealed class YamlProblems(string file)
{
    private const int MaxFound = 200;
    private const int MaxMessage = 1_000;

    private readonly List<PipelineProblem> _found = [];

    public IReadOnlyList<PipelineProblem> Found => [.. _found.OrderBy(p => p.Line).ThenBy(p => p.Column)];

    public int Count => _found.Count;

    /// <summary>Every key path that was asked for, `[]` standing for an index and `*` for a name: what the documentation must list.</summary>
    public SortedSet<string> Keys { get; } = new(StringComparer.Ordinal);

    public void Add(Mark mark, string path, string message)
    {
        if (_found.Count < MaxFound)
            _found.Add(new(file, mark.Line, mark.Column, path, message.Length <= MaxMessage ? message : message[..MaxMessage] + "..."));
    }

    /// <summary>Whether a mistake was noted at the path, or at an item of the list there.</summary>
    public bool HasAt(string path) => _found.Exists(p => p.Path.StartsWith(path, StringComparison.Ordinal) && (p.Path.Length == path.Length || p.Path[path.Length] == '['));
}
