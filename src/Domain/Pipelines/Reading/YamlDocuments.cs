using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace MlOps.Domain.Pipelines.Reading;

/// <summary>From text to the mapping at the root of its one document.</summary>
internal static class YamlDocuments
{
    /// <summary>Far more than a pipeline file has, far less than could hurt the parser; the API takes no more either.</summary>
    public const int MaxLength = 256 << 10;

    public static YamlMap? Load(string yaml, YamlProblems problems)
    {
        if (yaml.Length > MaxLength)
        {
            problems.Add(Begin, "", $"has {yaml.Length:N0} characters; at most {MaxLength:N0} are allowed");
            return null;
        }

        return Documents(yaml, problems) is { } documents ? Root(documents, problems) : null;
    }

    private static Mark Begin => new(0, 1, 1);

    private static IList<YamlDocument>? Documents(string yaml, YamlProblems problems)
    {
        try
        {
            if (new YamlEvents(problems).Read(yaml) is not { } events)
                return null;
            var stream = new YamlStream();
            stream.Load(new EventList(events));
            return stream.Documents;
        }
        catch (YamlException e)
        {
            problems.Add(e.Start, "", $"not YAML: {e.Message}");
            return null;
        }
    }

    private static YamlMap? Root(IList<YamlDocument> documents, YamlProblems problems)
    {
        if (documents.Count == 1 && documents[0].RootNode is YamlMappingNode root)
            return new YamlMap(root, root.Start, "", "", problems);
        problems.Add(Begin, "", documents.Count > 1
            ? "holds several YAML documents; a pipeline file is one"
            : "is empty or no mapping; a pipeline file begins with 'name: ...'");
        return null;
    }

    private sealed class EventList(IReadOnlyList<ParsingEvent> events) : IParser
    {
        private int _at = -1;

        public ParsingEvent? Current => _at >= 0 && _at < events.Count ? events[_at] : null;

        public bool MoveNext() => ++_at < events.Count;
    }
}
