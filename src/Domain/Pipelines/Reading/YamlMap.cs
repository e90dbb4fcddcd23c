using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace MlOps.Domain.Pipelines.Reading;

/// <summary>
/// Reads one mapping key by key. A key that nobody asked for is a mistake, so what the parser reads is by construction what is
/// allowed. Every read answers with the default after it has noted a mistake, so that one pass finds them all.
/// </summary>
/// <param name="start">Where mistakes of absent keys are reported.</param>
/// <param name="path">Where it stands in the document, for messages.</param>
/// <param name="general">The same with `[]` for an index and `*` for the user's own name, for documentation.</param>
internal sealed class YamlMap(YamlMappingNode node, Mark start, string path, string general, YamlProblems problems)
{
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    public string Path => path;

    public Mark Start => start;

    public YamlProblems Problems => problems;

    public bool Has(string key) => Find(key) is not null;

    public string? Text(string key, string? fallback = null) => Scalar(key) is { } text ? text.Value : fallback;

    /// <summary>A required text; empty after the mistake was noted.</summary>
    public string Required(string key, string meaning)
    {
        if (Scalar(key) is { } text)
            return text.Value!;
        if (Find(key) is null)
            problems.Add(start, path, $"'{key}' is missing: {meaning}");
        return "";
    }

    /// <summary>A value of its own syntax; <paramref name="parse"/> returns null when the text is not of it.</summary>
    public T? Value<T>(string key, Func<string, T?> parse, string expected)
        where T : struct
    {
        if (Scalar(key) is not { } text)
            return null;
        T? value = parse(text.Value!);
        if (value is null)
            problems.Add(text.Start, PathOf(key), $"'{text.Value}' is not {expected}");
        return value;
    }

    public bool Flag(string key, bool fallback) => Value<bool>(key, t => t switch { "true" => true, "false" => false, _ => null }, "true or false") ?? fallback;

    /// <summary>One of a closed set of words.</summary>
    public T Choice<T>(string key, T fallback, IReadOnlyDictionary<string, T> choices)
    {
        if (Scalar(key) is not { } text)
            return fallback;
        if (choices.TryGetValue(text.Value!, out T? value))
            return value;
        Unknown(text, PathOf(key), choices.Keys);
        return fallback;
    }

    /// <summary>A nested mapping, or null when the key is absent. A key without value is an empty mapping.</summary>
    public YamlMap? Map(string key) => Find(key) is { } child ? AsMap(child, PathOf(key), GeneralOf(key)) : null;

    /// <summary>A list of texts; a single text is a list of one.</summary>
    public IReadOnlyList<string> Texts(string key) => [.. Items(key).Select(item => item.Text)];

    /// <summary>A list of texts, each with its mark and path for mistakes found later.</summary>
    public IReadOnlyList<YamlText> Items(string key)
    {
        if (Find(key) is not { } child || IsEmpty(child))
            return [];
        if (child is not YamlSequenceNode list)
            return AsText(child, PathOf(key)) is { } one ? [new(one.Value!, one.Start, PathOf(key))] : [];
        return [.. list.Children.Select((item, i) => Item(item, $"{PathOf(key)}[{i}]")).OfType<YamlText>()];
    }

    /// <summary>A list of mappings.</summary>
    public IReadOnlyList<YamlMap> Maps(string key)
    {
        if (Find(key) is not { } child || IsEmpty(child))
            return [];
        if (child is not YamlSequenceNode list)
        {
            problems.Add(child.Start, PathOf(key), "must be a list: begin each item with '- '");
            return [];
        }

        return [.. list.Children.Select((item, i) => AsMap(item, $"{PathOf(key)}[{i}]", $"{GeneralOf(key)}[]")).OfType<YamlMap>()];
    }

    /// <summary>Entries whose keys are the user's own names.</summary>
    public IEnumerable<(string Key, YamlNode Node)> Entries()
    {
        problems.Keys.Add(GeneralOf("*"));
        foreach ((YamlNode key, YamlNode value) in node.Children)
        {
            if (key is YamlScalarNode { Value: { Length: > 0 } name })
            {
                _known.Add(name);
                yield return (name, value);
            }
        }
    }

    public YamlScalarNode? AsText(YamlNode value, string at)
    {
        if (value is YamlScalarNode text && !IsEmpty(text))
            return text;
        problems.Add(value.Start, at, value is YamlScalarNode ? "has no value" : "must be one value, not a list or a mapping");
        return null;
    }

    public YamlMap? AsMap(YamlNode value, string at, string generalAt)
    {
        if (value is YamlMappingNode map)
            return new YamlMap(map, map.Start, at, generalAt, problems);
        if (IsEmpty(value))
            return new YamlMap(new YamlMappingNode(), value.Start, at, generalAt, problems);
        problems.Add(value.Start, at, "must be a mapping: 'key: value' lines, indented");
        return null;
    }

    /// <summary>Notes every key that nothing read.</summary>
    public void Done()
    {
        foreach ((YamlNode key, _) in node.Children)
        {
            string name = (key as YamlScalarNode)?.Value ?? key.ToString();
            if (!_known.Contains(name))
                problems.Add(key.Start, path, $"unknown key '{name}'{NameSuggestion.Hint(name, _known)} (known: {string.Join(", ", _known)})");
        }
    }

    /// <summary>Notes a mistake at a key, or at the mapping where the key is absent.</summary>
    public void Wrong(string key, string message) => problems.Add(Find(key)?.Start ?? start, PathOf(key), message);

    public void Wrong(YamlText item, string message) => problems.Add(item.Start, item.Path, message);

    /// <summary>Whether no mistake was noted at these keys: only then may their values be compared with each other.</summary>
    public bool Faultless(params ReadOnlySpan<string> keys)
    {
        foreach (string key in keys)
        {
            if (problems.HasAt(PathOf(key)))
                return false;
        }

        return true;
    }

    /// <param name="advice">What else to say, such as where a name that is missing here can be had.</param>
    public void Unknown(YamlNode at, string where, IEnumerable<string> allowed, string advice = "")
    {
        string given = (at as YamlScalarNode)?.Value ?? "";
        string[] names = [.. allowed];
        problems.Add(at.Start, where, $"'{given}' is not one of {string.Join(", ", names)}{NameSuggestion.Hint(given, names)}{advice}");
    }

    public YamlScalarNode? Scalar(string key) => Find(key) is { } child ? AsText(child, PathOf(key)) : null;

    public string GeneralOf(string key) => general.Length == 0 ? key : $"{general}.{key}";

    public string PathOf(string key) => path.Length == 0 ? key : $"{path}.{key}";

    private YamlText? Item(YamlNode item, string at) => AsText(item, at) is { } text ? new(text.Value!, text.Start, at) : null;

    private YamlNode? Find(string key)
    {
        _known.Add(key);
        problems.Keys.Add(GeneralOf(key));
        return node.Children.FirstOrDefault(c => c.Key is YamlScalarNode text && text.Value == key).Value;
    }

    // A quoted empty text is a value; nothing after the colon, ~ and null are none.
    private static bool IsEmpty(YamlNode node) => node is YamlScalarNode { Style: ScalarStyle.Plain, Value: null or "" or "~" or "null" };
}
