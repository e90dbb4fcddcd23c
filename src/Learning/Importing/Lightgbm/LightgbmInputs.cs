using System.Globalization;
using System.Text.Json;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Importing.Lightgbm;

/// <summary>
/// The inputs of a model, and for categories what level a code is. A code that no split sends left goes right everywhere, as missing ones do, so only
/// the others, and those that the file says training saw, need a level.
/// </summary>
internal sealed record LightgbmInputs(FeatureSignature[] Signature, IReadOnlyDictionary<int, int>?[] Levels)
{
    private const int MaxCodes = 1 << 16;

    public static LightgbmInputs Of(LightgbmText file, LightgbmTree[] trees, int count, ImportOptions options)
    {
        IReadOnlyList<string> names = ImportedInputs.Names(file.Head.Text("feature_names").Split(' ', StringSplitOptions.RemoveEmptyEntries), count, options);
        string[] infos = (file.Head.Find("feature_infos") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        SortedSet<int>?[] codes = [.. Enumerable.Range(0, count).Select(i => i < infos.Length ? Seen(infos[i]) : null)];
        foreach ((int input, int[] left) in trees.SelectMany(t => t.Categories))
        {
            (codes[input] ??= []).UnionWith(left);
            ImportedInputs.CheckLevels(codes[input]!.Count);
        }

        ImportedInputs.CheckLevels(codes.Sum(c => (long)(c?.Count ?? 0)));
        if (trees.SelectMany(t => t.Numbers).FirstOrDefault(i => codes[i] is not null, -1) is >= 0 and int both)
            throw ImportErrors.Unsupported($"'{names[both]}' is a category in some splits and a number in others");
        IReadOnlyList<string>?[] pandas = Pandas(file.PandasCategories, codes);
        var signature = new FeatureSignature[count];
        var levels = new IReadOnlyDictionary<int, int>?[count];
        for (int i = 0; i < count; i++)
            (signature[i], levels[i]) = codes[i] is { } known ? Category(names[i], known, pandas[i], options) : (ImportedInputs.Number(names[i], options), null);
        return new LightgbmInputs(signature, levels);
    }

    private static (FeatureSignature, IReadOnlyDictionary<int, int>) Category(string name, SortedSet<int> codes, IReadOnlyList<string>? named, ImportOptions options)
    {
        if (codes.Count > MaxCodes)
            throw ImportErrors.TooLarge($"categories of '{name}'", codes.Count, MaxCodes);
        int end = codes.Count == 0 ? 0 : (int)Math.Min(codes.Max + 1L, int.MaxValue);
        if (named is not null || options.Levels.ContainsKey(name))
        {
            FeatureSignature input = ImportedInputs.Category(name, named, end, options);
            return (input, Enumerable.Range(0, input.Levels!.Count).ToDictionary(c => c));
        }

        string[] texts = [.. codes.Select(c => c.ToString(CultureInfo.InvariantCulture))];
        return (ImportedInputs.Category(name, texts, 0, options), codes.Select((code, level) => (code, level)).ToDictionary(c => c.code, c => c.level));
    }

    /// <summary>What the file says of an input: <c>[0:1]</c> is a range of numbers, <c>0:3:1</c> the codes seen, <c>none</c> nothing.</summary>
    private static SortedSet<int>? Seen(string info)
    {
        if (info.StartsWith('[') || info == "none")
            return null;
        var codes = new SortedSet<int>();
        foreach (string part in info.Split(':'))
        {
            if (!int.TryParse(part, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int code))
                throw ImportErrors.Damaged($"'{info}' in its feature_infos is no list of categories");
            if (code >= 0)
                codes.Add(code);
        }

        return codes;
    }

    /// <summary>Names by category input in order, which the Python package writes below the model for pandas' categories. The file does not say whose they are, so their number must fit.</summary>
    private static IReadOnlyList<string>?[] Pandas(string? text, SortedSet<int>?[] codes)
    {
        var names = new IReadOnlyList<string>?[codes.Length];
        if (text is null || text == "null")
            return names;
        int[] categories = [.. Enumerable.Range(0, codes.Length).Where(i => codes[i] is not null)];
        try
        {
            JsonElement[]?[] lists = JsonSerializer.Deserialize<JsonElement[]?[]>(text) ?? [];
            for (int i = 0; i < categories.Length && lists.Length == categories.Length; i++)
                names[categories[i]] = [.. (lists[i] ?? throw ImportErrors.Damaged($"list {i} of its line 'pandas_categorical' is null")).Select(e => e.ToString())];
            return names;
        }
        catch (JsonException)
        {
            throw ImportErrors.Damaged("its line 'pandas_categorical' is no JSON");
        }
    }
}
