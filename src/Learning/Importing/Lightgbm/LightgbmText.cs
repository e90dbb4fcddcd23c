using System.Text;

namespace MlOps.Learning.Importing.Lightgbm;

/// <summary>The file cut into its head and its trees; what comes after <c>end of trees</c> is kept as lines.</summary>
internal sealed record LightgbmText(LightgbmSection Head, IReadOnlyList<LightgbmSection> Trees, string? PandasCategories)
{
    private const string PandasKey = "pandas_categorical:";
    private const int MaxTrees = 1_000_000;

    public static LightgbmText Read(ReadOnlyMemory<byte> file)
    {
        var trees = new List<LightgbmSection>();
        var values = new Dictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);
        LightgbmSection? head = null;
        string? pandas = null;
        bool ended = false;
        foreach (ReadOnlyMemory<byte> line in Lines(file))
        {
            if (line.Span.StartsWith("pandas_categorical:"u8))
                pandas = Encoding.UTF8.GetString(line.Span[PandasKey.Length..]);
            bool end = line.Span.SequenceEqual("end of trees"u8);
            if (ended || !(end || line.Span.StartsWith("Tree="u8)))
            {
                Add(values, line, ended);
                continue;
            }

            if (head is null)
                head = new LightgbmSection("its head", values);
            else
                trees.Add(new LightgbmSection($"tree {trees.Count}", values));
            values = new Dictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);
            ended = end;
            if (trees.Count > MaxTrees)
                throw ImportErrors.TooLarge("trees", trees.Count, MaxTrees);
        }

        if (!ended)
            throw ImportErrors.Damaged("it has no line 'end of trees', so it was cut off");
        // Some tools do not tell every size, so more trees than sizes are no damage.
        int sizes = head?.Find("tree_sizes")?.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length ?? 0;
        return sizes <= trees.Count ? new LightgbmText(head!, trees, pandas) : throw ImportErrors.Damaged($"its 'tree_sizes' tells of {sizes} trees, {trees.Count} are there");
    }

    private static void Add(Dictionary<string, ReadOnlyMemory<byte>> values, ReadOnlyMemory<byte> line, bool ended)
    {
        if (ended || line.IsEmpty)
            return;
        int equals = line.Span.IndexOf((byte)'=');
        string key = Encoding.UTF8.GetString(equals < 0 ? line.Span : line.Span[..equals]);
        values[key] = equals < 0 ? ReadOnlyMemory<byte>.Empty : line[(equals + 1)..];
        if (values.Count > 100)
            throw ImportErrors.Damaged("it has more than 100 lines between two trees");
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Lines(ReadOnlyMemory<byte> file)
    {
        while (!file.IsEmpty)
        {
            int end = file.Span.IndexOf((byte)'\n');
            ReadOnlyMemory<byte> line = end < 0 ? file : file[..end];
            file = end < 0 ? default : file[(end + 1)..];
            yield return line.TrimEnd((byte)'\r');
        }
    }
}
