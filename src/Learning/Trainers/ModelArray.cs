using System.Collections;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MlOps.Learning.Trainers;

/// <summary>Numbers of a model that are only read: an array, or a section of a model file in place (<see cref="MappedFile"/>).</summary>
[CollectionBuilder(typeof(ModelArray), nameof(ModelArray.Create))]
internal readonly unsafe struct ModelArray<T> : IReadOnlyList<T>
    where T : unmanaged
{
    private readonly T[]? _array;
    private readonly MappedFile? _file;
    private readonly T* _first;

    public ModelArray(T[] array) => (_array, Length) = (array, array.Length);

    private ModelArray(MappedFile file, int start, int length)
    {
        (_file, Length) = (file, length);
        _first = (T*)file.At(start);
    }

    public int Length { get; }

    public int Count => Length;

    /// <summary>Bytes on the heap; pages of a file are the system's.</summary>
    public long HeldBytes => _array is null ? 0 : MemorySize.Array(_array);

    public T this[int index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            if (_array is { } array)
                return array[index];
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Length, nameof(index));
            T value = _first[index];
            GC.KeepAlive(_file);
            return value;
        }
    }

    public static implicit operator ModelArray<T>(T[] array) => new(array);

    /// <summary>The bytes of a section, in place where they are of a mapped file and stand where the type may stand.</summary>
    public static ModelArray<T> Of(ReadOnlyMemory<byte> bytes) =>
        bytes.Length > 0 && MemoryMarshal.TryGetMemoryManager(bytes, out MappedFile? file, out int start, out _) && (nint)file.At(start) % sizeof(T) == 0
            ? new(file, start, bytes.Length / sizeof(T))
            : new(MemoryMarshal.Cast<byte, T>(bytes.Span).ToArray());

    /// <summary>Valid for as long as the model, or this, is kept alive.</summary>
    public ReadOnlySpan<T> AsSpan() => _array is { } array ? array : new ReadOnlySpan<T>(_first, Length);

    public T[] Slice(int start, int length)
    {
        T[] part = AsSpan().Slice(start, length).ToArray();
        GC.KeepAlive(_file);
        return part;
    }

    public IEnumerator<T> GetEnumerator()
    {
        for (int i = 0; i < Length; i++)
            yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

internal static class ModelArray
{
    public static ModelArray<T> Create<T>(ReadOnlySpan<T> values)
        where T : unmanaged => new(values.ToArray());
}
