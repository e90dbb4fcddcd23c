using System.Runtime.CompilerServices;
using System.Text.Json;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Serving.Log;

/// <summary>The features of a signature as lines of the log need them: names and levels are escaped once.</summary>
internal sealed class LineColumns
{
    private static readonly ConditionalWeakTable<ModelSignature, LineColumns> Known = [];

    // The one asked for last, which the next request nearly always asks for again.
    private static LineColumns? _last;

    private readonly ModelSignature _signature;

    private readonly LineColumn[] _columns;

    private LineColumns(ModelSignature signature)
    {
        _signature = signature;
        _columns = [.. signature.Inputs.Select(LineColumn.Of)];
        Labels = [.. signature.Classes.Select(LineColumn.Quoted)];
    }

    /// <summary>The classes, quoted.</summary>
    public byte[][] Labels { get; }

    public int Count => _columns.Length;

    public ref readonly LineColumn this[int index] => ref _columns[index];

    public static LineColumns Of(ModelSignature signature) =>
        _last is { } last && ReferenceEquals(last._signature, signature) ? last : _last = Known.GetValue(signature, static s => new LineColumns(s));
}

/// <param name="Name">Quoted, with the colon.</param>
/// <param name="Levels">Quoted; null unless it is a category.</param>
/// <param name="IsFlag">True or false rather than a number.</param>
internal readonly record struct LineColumn(byte[] Name, byte[][]? Levels, bool IsFlag)
{
    /// <summary>No number or flag takes more.</summary>
    public const int MostDigits = 32;

    /// <summary>The most bytes that the name and a value take, but for a text that is no level.</summary>
    public int Room { get; } = Name.Length + 1 + Math.Max(MostDigits, Levels?.Select(l => l.Length).DefaultIfEmpty().Max() ?? 0);

    public static LineColumn Of(FeatureSignature feature) => new(
        [.. Quoted(feature.Name), (byte)':'],
        feature.Type == ColumnType.Category ? [.. feature.Levels!.Select(Quoted)] : null,
        feature.Type == ColumnType.Boolean);

    public static byte[] Quoted(string text) => [(byte)'"', .. JsonEncodedText.Encode(text).EncodedUtf8Bytes, (byte)'"'];
}
