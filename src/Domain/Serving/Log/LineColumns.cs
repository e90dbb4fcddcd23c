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
        Room = 2 + _columns.Sum(c => c.Room);
        Labels = [.. signature.Classes.Select(LineColumn.Quoted)];
    }

    /// <summary>The classes, quoted.</summary>
    public byte[][] Labels { get; }

    public int Count => _columns.Length;

    /// <summary>The most bytes that a row takes with its brackets, but for its texts.</summary>
    public int Room { get; }

    public ref readonly LineColumn this[int index] => ref _columns[index];

    public static LineColumns Of(ModelSignature signature) =>
        _last is { } last && ReferenceEquals(last._signature, signature) ? last : _last = Known.GetValue(signature, static s => new LineColumns(s));
}

/// <param name="Name">Quoted, between comma and colon.</param>
/// <param name="Levels">Quoted; null unless it is a category.</param>
/// <param name="IsFlag">True or false rather than a number.</param>
internal readonly record struct LineColumn(byte[] Name, byte[][]? Levels, bool IsFlag)
{
    /// <summary>No number or flag takes more.</summary>
    public const int MostDigits = 32;

    /// <summary>Neither levels nor a flag.</summary>
    public bool IsNumber => Levels is null && !IsFlag;

    /// <summary>The most bytes that the name and a value take, but for a text.</summary>
    public int Room => Name.Length + MostDigits;

    public static LineColumn Of(FeatureSignature feature) => new(
        [(byte)',', .. Quoted(feature.Name), (byte)':'],
        feature.Type == ColumnType.Category ? [.. feature.Levels!.Select(Quoted)] : null,
        feature.Type == ColumnType.Boolean);

    public static byte[] Quoted(string text) => [(byte)'"', .. JsonEncodedText.Encode(text).EncodedUtf8Bytes, (byte)'"'];
}
