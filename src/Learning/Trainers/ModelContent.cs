using System.Runtime.InteropServices;

namespace MlOps.Learning.Trainers;

/// <summary>The header and the named arrays of a model, as a model file holds them.</summary>
public sealed class ModelContent(ModelHeader header)
{
    private readonly List<(string Name, string Type, ReadOnlyMemory<byte> Bytes)> _sections = [];

    public ModelHeader Header { get; } = header;

    internal IReadOnlyList<(string Name, string Type, ReadOnlyMemory<byte> Bytes)> Sections => _sections;

    /// <summary>Adds an array under a name; the order of adding is the order in the file.</summary>
    public ModelContent Add<T>(string name, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        _sections.Add((name, typeof(T).Name, MemoryMarshal.AsBytes(values).ToArray()));
        return this;
    }

    /// <summary>A copy of an array.</summary>
    /// <exception cref="MlOpsException">Invalid <c>model-file</c>: there is no such section, or it holds another type.</exception>
    public T[] Get<T>(string name)
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(Bytes<T>(name).Span).ToArray();

    /// <summary>Whether there is a section of that name, for such as older files lack.</summary>
    public bool Has(string name) => _sections.Exists(s => s.Name == name);

    /// <summary>An array as <see cref="Get{T}"/> gives it, in place where the file is mapped.</summary>
    /// <exception cref="MlOpsException">As of <see cref="Get{T}"/>.</exception>
    internal ModelArray<T> View<T>(string name)
        where T : unmanaged => ModelArray<T>.Of(Bytes<T>(name));

    internal ModelContent AddArray<T>(string name, ModelArray<T> values)
        where T : unmanaged
    {
        Add(name, values.AsSpan());
        GC.KeepAlive(values);
        return this;
    }

    private ReadOnlyMemory<byte> Bytes<T>(string name)
        where T : unmanaged
    {
        foreach ((string found, string type, ReadOnlyMemory<byte> bytes) in _sections)
        {
            if (found == name && type == typeof(T).Name && bytes.Length % Marshal.SizeOf<T>() == 0)
                return bytes;
        }

        throw ModelFile.Damaged($"it has no section '{name}' of {typeof(T).Name}");
    }

    internal void AddRaw(ModelSection section, ReadOnlyMemory<byte> bytes) => _sections.Add((section.Name, section.Type, bytes));
}

/// <summary>Turns the content of one kind of model file into a model.</summary>
public interface IModelFormat
{
    /// <summary><see cref="ModelHeader.Kind"/> of the files it reads.</summary>
    string Kind { get; }

    /// <exception cref="MlOpsException">Invalid <c>model-file</c>: the content contradicts itself.</exception>
    IModel Read(ModelContent content);
}
