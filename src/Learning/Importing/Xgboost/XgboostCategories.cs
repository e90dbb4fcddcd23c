using System.Globalization;
using System.Text;
using MlOps.Learning.Importing.Documents;

namespace MlOps.Learning.Importing.Xgboost;

/// <summary>
/// Names of categories, which files since 3.1 may have (<c>cats</c>, "Saving model" in XGBoost's documentation): by input either the bytes of all names
/// and where each begins, or whole numbers. Else a category is only the code that the caller's data frame gave it.
/// </summary>
internal static class XgboostCategories
{
    /// <summary>By input; null where it has no names.</summary>
    public static IReadOnlyList<string>?[] Read(Place? cats, int inputs)
    {
        var names = new IReadOnlyList<string>?[inputs];
        if (cats?.Find("enc")?.Items is not { Count: > 0 } encoded)
            return names;
        if (encoded.Count != inputs)
            throw ImportErrors.Damaged($"its 'cats' are of {encoded.Count} inputs, there are {inputs}");
        for (int i = 0; i < inputs; i++)
            names[i] = encoded[i].Find("offsets") is { } offsets ? Texts(offsets.WholeNumbers, encoded[i]["values"].WholeNumbers) : Numbers(encoded[i].Find("values"));
        return names;
    }

    private static string[]? Texts(int[] offsets, int[] bytes)
    {
        if (offsets.Length < 2)
            return null;
        if (offsets[0] != 0 || offsets[^1] > bytes.Length || offsets.Zip(offsets.Skip(1)).Any(pair => pair.First > pair.Second))
            throw ImportErrors.Damaged("the names of its categories lie outside of their bytes");
        byte[] text = [.. bytes.Select(b => unchecked((byte)b))];
        return [.. offsets.Zip(offsets.Skip(1), (from, to) => Encoding.UTF8.GetString(text.AsSpan(from, to - from)))];
    }

    private static string[]? Numbers(Place? values) => values is { Numbers: { Length: > 0 } numbers }
        ? [.. numbers.Select(n => n.ToString("R", CultureInfo.InvariantCulture))]
        : null;
}
