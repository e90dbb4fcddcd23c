using System.Text.Json;
using MlOps.Learning.Trainers;

namespace MlOps.Api.Inference;

/// <summary>Names of columns as a data frame writes them: texts, or numbers, which pandas gives to columns that have no names.</summary>
/// <param name="AreNumbered">They are 0, 1, 2, ...: names only to a model whose features are called so.</param>
internal sealed record ColumnNames(IReadOnlyList<string> Texts, bool AreNumbered)
{
    /// <exception cref="MlOpsException">Invalid <c>json-invalid</c>.</exception>
    public static ColumnNames Parse(JsonSlice names, string where)
    {
        if (names.Kind != JsonValueKind.Array)
            throw NoNames(where);
        var texts = new List<string>();
        bool numbered = true;
        JsonParts parts = names.Parts();
        while (parts.MoveNext())
        {
            numbered &= parts.Current.TryWhole(out int number) && number == texts.Count;
            texts.Add(Text(parts.Current) ?? throw NoNames(where));
        }

        return new(texts, numbered && texts.Count > 0);
    }

    /// <summary>Null: the columns have no names, they are in the order of the signature.</summary>
    public IReadOnlyList<string>? For(ModelSignature signature) => AreNumbered && !IsFeature(signature, "0") ? null : Texts;

    private static bool IsFeature(ModelSignature signature, string name)
    {
        for (int i = 0; i < signature.Inputs.Count; i++)
        {
            if (signature.Inputs[i].Name == name)
                return true;
        }

        return false;
    }

    private static string? Text(JsonSlice name) => name.Kind switch
    {
        JsonValueKind.String => name.Text(),
        JsonValueKind.Number => name.Element() is { ValueKind: JsonValueKind.Number } number ? number.GetRawText() : null,
        _ => null,
    };

    private static MlOpsException NoNames(string where) => RequestShape.Invalid($"'{where}' is no array of texts or numbers");
}
