using System.Text.Json;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace MlOps.Domain.Registry.Sources;

/// <summary>
/// What the file <c>MLmodel</c> of a model that MLflow saved says: its flavours with the file of each, and the names of its inputs. Only texts
/// near the root are read; nothing in it is run or looked up.
/// </summary>
/// <param name="Files">By flavour, the file or folder that has the model.</param>
/// <param name="Inputs">Empty when its signature has no names.</param>
/// <param name="Output">The name of its one output, or null.</param>
internal sealed record MlmodelFile(IReadOnlyDictionary<string, string?> Files, IReadOnlyList<string> Inputs, string? Output)
{
    public const string Name = "MLmodel";

    public const int MaxChars = 1 << 20;

    private const int MaxDepth = 32;

    /// <summary>What is read stands no deeper, has no longer keys, and is not more: the file is whoever's, and a path is as long as its keys.</summary>
    private const int ReadDepth = 4;
    private const int MaxKey = 250;
    private const int MaxValues = 1_000;

    public static readonly MlmodelFile None = new(new Dictionary<string, string?>(), [], null);

    /// <returns>What could be read: a file that is none says nothing.</returns>
    public static MlmodelFile Read(string text)
    {
        Dictionary<string, string> values = Values(text);
        var files = new SortedDictionary<string, string?>(StringComparer.Ordinal);
        foreach ((string path, string value) in values)
        {
            string[] parts = path.Split('\n');
            if (parts is ["flavors", var flavour, ..])
                files[flavour] = parts is [_, _, "data"] ? value : files.GetValueOrDefault(flavour);
        }

        IReadOnlyList<string> outputs = Names(values.GetValueOrDefault("signature\noutputs"));
        return new MlmodelFile(files, Names(values.GetValueOrDefault("signature\ninputs")), outputs is [var one] ? one : null);
    }

    /// <summary>Texts by the keys that lead to them, joined by line ends.</summary>
    private static Dictionary<string, string> Values(string text)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        var levels = new Stack<Level>();
        try
        {
            var parser = new Parser(new StringReader(text));
            while (values.Count < MaxValues && parser.MoveNext() && levels.Count < MaxDepth)
                Take(parser.Current!, levels, values);
        }
#pragma warning disable CA1031 // The library meets some disorder with exceptions of its own making, and other disorder with any.
        catch (Exception)
#pragma warning restore CA1031
        {
            // What stood before it counts.
        }

        return values;
    }

    private static void Take(ParsingEvent next, Stack<Level> levels, Dictionary<string, string> values)
    {
        switch (next)
        {
            case MappingStart or SequenceStart:
                levels.Push(new Level(next is MappingStart, levels.TryPeek(out Level? outer) ? outer.Take() : ""));
                break;
            case MappingEnd or SequenceEnd:
                levels.Pop();
                break;
            case Scalar scalar when levels.TryPeek(out Level? level):
                if (level.IsMap && level.Key is null)
                    level.Key = scalar.Value;
                else if (level.IsMap && level.Take() is { Length: > 0 } path && IsRead(path, levels.Count))
                    values[path] = scalar.Value;
                break;
            case AnchorAlias when levels.TryPeek(out Level? at):
                at.Take();
                break;
        }
    }

    private static bool IsRead(string path, int depth) =>
        depth <= ReadDepth && (path.StartsWith("flavors\n", StringComparison.Ordinal) || path.StartsWith("signature\n", StringComparison.Ordinal));

    private static IReadOnlyList<string> Names(string? columns)
    {
        if (columns is null)
            return [];
        try
        {
            using JsonDocument json = JsonDocument.Parse(columns);
            if (json.RootElement.ValueKind != JsonValueKind.Array)
                return [];
            string[] names = [.. json.RootElement.EnumerateArray().Select(NameOf).OfType<string>()];
            return names.Length == json.RootElement.GetArrayLength() ? names : [];
        }
        catch (JsonException)
        {
            return [];
        }
    }

    private static string? NameOf(JsonElement column) =>
        column.ValueKind == JsonValueKind.Object && column.TryGetProperty("name", out JsonElement name) && name.ValueKind == JsonValueKind.String ? name.GetString() : null;

    /// <summary>A mapping or list that is being read, and the key whose value comes next.</summary>
    private sealed class Level(bool isMap, string path)
    {
        public bool IsMap => isMap;

        public string? Key { get; set; }

        /// <summary>The path of the value that stands here.</summary>
        public string Take()
        {
            string key = Key ?? "";
            Key = null;
            // What lies below an over-long key, or too deep, has no path, and is passed over.
            if (key.Length > MaxKey || path.Length > MaxKey * ReadDepth)
                return "";
            return path.Length == 0 ? key : $"{path}\n{key}";
        }
    }
}
