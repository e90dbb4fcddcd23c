using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace MlOps.Domain.Pipelines.Reading;

/// <summary>
/// Looks at a document event by event before a tree is built of it, since building recurses: it stops at a depth that no pipeline has,
/// refuses anchors and aliases (a few lines of them stand for millions of nodes), and takes out keys that a mapping has already, so
/// that the rest is read and all mistakes are found together.
/// </summary>
internal sealed class YamlEvents(YamlProblems problems)
{
    public const int MaxDepth = 64;
    public const int MaxKeyLength = 256;

    private readonly Stack<YamlFrame> _open = new();
    private readonly List<ParsingEvent> _kept = [];
    private bool _usable = true;

    /// <returns>What a tree can be built of; null when that is not safe. Mistakes are noted either way.</returns>
    /// <exception cref="YamlException">The text is no YAML.</exception>
    public IReadOnlyList<ParsingEvent>? Read(string yaml)
    {
        var parser = new Parser(new StringReader(yaml));
        while (Advance(parser))
        {
            if (!Take(parser.Current!))
                return null;
        }

        return _usable ? _kept : null;
    }

    // The library meets some disorder with exceptions of other types, or with a key that has no value.
    private static bool Advance(Parser parser)
    {
        try
        {
            return parser.MoveNext();
        }
        catch (Exception e) when (e is not YamlException)
        {
            throw Disorder(parser.Current?.End ?? new Mark(0, 1, 1), e);
        }
    }

    private static YamlException Disorder(Mark at, Exception? inner = null) =>
        new(at, at, "the text is in disorder about this place, for example by a quote that is never closed", inner!);

    private bool Take(ParsingEvent next)
    {
        if (next is MappingEnd or SequenceEnd)
        {
            YamlFrame closed = _open.Pop();
            if (closed.AwaitsValue)
                throw Disorder(next.Start);
            Keep(next, closed.Dropped);
            return true;
        }

        bool dropped = (next is NodeEvent or AnchorAlias) && Enter(next);
        Keep(next, dropped);
        if (next is AnchorAlias or NodeEvent { Anchor.IsEmpty: false })
            RefuseAnchor(next);
        return next is not (MappingStart or SequenceStart) || Open(next, dropped);
    }

    private void Keep(ParsingEvent taken, bool dropped)
    {
        if (!dropped)
            _kept.Add(taken);
    }

    /// <summary>Counts the node in what holds it.</summary>
    /// <returns>Whether it belongs to an entry that is left out.</returns>
    private bool Enter(ParsingEvent node)
    {
        if (!_open.TryPeek(out YamlFrame? parent))
            return false;
        if (!parent.Next())
            return parent.Dropped || parent.EntryDropped;
        string? wrong = parent.Name(node as Scalar, node.Start.Line);
        parent.EntryDropped = wrong is not null;
        if (wrong is not null && !parent.Dropped)
            problems.Add(node.Start, Path(_open.Skip(1)), wrong);
        return parent.Dropped || parent.EntryDropped;
    }

    private bool Open(ParsingEvent start, bool dropped)
    {
        if (_open.Count == MaxDepth)
        {
            problems.Add(start.Start, "", $"is nested more than {MaxDepth} levels deep; no key of a pipeline file is");
            return false;
        }

        _open.Push(new YamlFrame(start is MappingStart, dropped));
        return true;
    }

    private void RefuseAnchor(ParsingEvent at)
    {
        string what = at is AnchorAlias alias ? $"'*{alias.Value}' stands for another value" : $"'&{((NodeEvent)at).Anchor}' names a value";
        problems.Add(at.Start, Path(_open), $"{what}; anchors and aliases are not read here: write the value out");
        _usable = false;
    }

    private static string Path(IEnumerable<YamlFrame> open) => string.Concat(open.Reverse().Select(frame => frame.Step)).TrimStart('.');
}

/// <summary>A mapping or list that has begun and not ended.</summary>
/// <param name="dropped">It lies in an entry that is left out.</param>
internal sealed class YamlFrame(bool mapping, bool dropped)
{
    private readonly Dictionary<string, long> _lines = new(StringComparer.Ordinal);
    private string _key = "";
    private int _nodes;

    public bool Dropped => dropped;

    public bool EntryDropped { get; set; }

    public bool AwaitsValue => mapping && _nodes % 2 == 1;

    /// <summary>What the path goes on with below this: <c>.key</c> or <c>[2]</c>.</summary>
    public string Step => mapping ? $".{_key}" : $"[{_nodes - 1}]";

    /// <summary>Counts a node.</summary>
    /// <returns>Whether it is a key.</returns>
    public bool Next() => ++_nodes % 2 == 1 && mapping;

    /// <summary>Makes the key the present one.</summary>
    /// <returns>What is wrong with it, or null.</returns>
    public string? Name(Scalar? key, long line)
    {
        _key = "";
        if (key is null)
            return "has a list or a mapping for a key; a key is a text";
        if (key.Value.Length > YamlEvents.MaxKeyLength)
            return $"has a key of {key.Value.Length:N0} characters; at most {YamlEvents.MaxKeyLength} are allowed";
        _key = key.Value;
        return _lines.TryAdd(key.Value, line) ? null : $"'{key.Value}' is given already in line {_lines[key.Value]}; remove one of the two";
    }
}
