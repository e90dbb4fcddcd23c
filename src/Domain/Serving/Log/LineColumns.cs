using System.Text.Json;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Serving.Log;

/// <summary>The features of a signature as lines of the log need them: names and levels escaped once for a whole segment.</summary>
internal sealed class LineColumns(ModelSignature signature)
{
    private readonly LineColumn[] _columns = [.. signature.Inputs.Select(LineColumn.Of)];

    public ModelSignature Signature => signature;

    public int Count => _columns.Length;

    public ref readonly LineColumn this[int index] => ref _columns[index];
}

/// <param name="Levels">Null unless it is a category.</param>
/// <param name="IsFlag">True or false rather than a number.</param>
internal readonly record struct LineColumn(JsonEncodedText Name, JsonEncodedText[]? Levels, bool IsFlag)
{
    public static LineColumn Of(FeatureSignature feature) => new(
        JsonEncodedText.Encode(feature.Name),
        feature.Type == ColumnType.Category ? [.. feature.Levels!.Select(level => JsonEncodedText.Encode(level))] : null,
        feature.Type == ColumnType.Boolean);
}
