using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Api.Inference;

/// <summary>Features and levels of a signature, found by the bytes of a request.</summary>
internal sealed class FeatureIndex
{
    /// <summary>Longer names and levels are left to the general way.</summary>
    public const int MaxText = 256;

    private static readonly ConditionalWeakTable<ModelSignature, FeatureIndex> Known = [];

    // The one asked for last, which the next request nearly always asks for again.
    private static FeatureIndex? _last;

    private readonly ModelSignature _signature;

    private readonly byte[][] _names;
    private readonly Dictionary<string, int> _byName;
    private readonly Dictionary<string, int>?[] _levels;

    private FeatureIndex(ModelSignature signature)
    {
        _signature = signature;
        Features = [.. signature.Inputs];
        IsDirect = Features.Length > 0 && Array.TrueForAll(Features, f => f.Type is ColumnType.Number or ColumnType.Boolean or ColumnType.Category);
        AreNumbers = Features.Length > 0 && Array.TrueForAll(Features, f => f.Type == ColumnType.Number);
        _names = [.. Features.Select(f => Encoding.UTF8.GetBytes(f.Name))];
        _byName = Features.Select((f, i) => (f.Name, i)).ToDictionary(f => f.Name, f => f.i, StringComparer.Ordinal);
        _levels = [.. Features.Select(f => f.Levels?.Select((l, i) => (l, i)).ToDictionary(l => l.l, l => l.i, StringComparer.Ordinal))];
    }

    public FeatureSignature[] Features { get; }

    /// <summary>Whether a number says all of a value of each feature; an instant or a free text needs more.</summary>
    public bool IsDirect { get; }

    public bool AreNumbers { get; }

    public static FeatureIndex Of(ModelSignature signature) =>
        _last is { } last && ReferenceEquals(last._signature, signature) ? last : _last = Known.GetValue(signature, static s => new FeatureIndex(s));

    /// <summary>The feature of the property name that the reader stands on, or -1.</summary>
    /// <param name="expected">Callers mostly keep the order of the signature, so that this one is compared first.</param>
    public int Find(ref Utf8JsonReader name, int expected)
    {
        if (expected < _names.Length && name.ValueTextEquals(_names[expected]))
            return expected;
        if (name.ValueSpan.Length > MaxText)
            return -1;
        Span<char> text = stackalloc char[MaxText];
        return Find(text[..name.CopyString(text)]);
    }

    public int Find(ReadOnlySpan<char> name) => _byName.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name, out int feature) ? feature : -1;

    /// <summary>The number of a level of a category, or -1.</summary>
    public int Level(int feature, ReadOnlySpan<char> text) =>
        _levels[feature] is { } levels && levels.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(text, out int level) ? level : -1;
}
