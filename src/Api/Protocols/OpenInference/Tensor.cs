using System.Text.Json;
using MlOps.Api.Http;
using MlOps.Api.Inference;

namespace MlOps.Api.Protocols.OpenInference;

/// <summary>An input tensor, its values in row-major order.</summary>
/// <param name="Shape">The first dimension is the batch.</param>
/// <param name="Data">An array, flat or nested; absent when the values are <paramref name="Bytes"/>.</param>
internal sealed record Tensor(string Name, TensorDatatype Datatype, IReadOnlyList<int> Shape, JsonSlice Data, ReadOnlyMemory<byte> Bytes)
{
    public int Rows => Shape[0];

    public long Elements => Shape.Aggregate(1L, (product, n) => product * n);

    /// <summary>Values a row.</summary>
    public int Width => Shape.Skip(1).Aggregate(1, (product, n) => product * n);

    /// <param name="binary">What follows the JSON; the tensor's part is taken off it.</param>
    /// <exception cref="MlOpsException">Invalid <c>tensor-invalid</c>, naming the tensor.</exception>
    public static Tensor Parse(JsonSlice tensor, int index, ref ReadOnlyMemory<byte> binary)
    {
        if (tensor.Kind != JsonValueKind.Object)
            throw Invalid($"input {index} is {tensor.Shown()}, expected an object with name, shape, datatype and data");
        JsonMembers members = tensor.Members("name", "datatype", "shape", "parameters", "data");
        string name = Text(members[0]) ?? throw Invalid($"input {index} needs a text 'name'");
        var datatype = TensorDatatype.Get(Text(members[1]) ?? throw Invalid($"tensor '{name}' needs a text 'datatype'"), name);
        IReadOnlyList<int> shape = TensorShape.Parse(members[2], name);
        JsonSlice size = TensorParameters.Of(members[3], "input", index).Members("binary_data_size")[0];
        JsonSlice data = members[4];
        if (size.IsGiven)
            return data.IsGiven ? throw Invalid($"tensor '{name}' has both 'data' and 'binary_data_size'") : new Tensor(name, datatype, shape, default, Take(size, name, ref binary));
        return data.Kind == JsonValueKind.Array ? new Tensor(name, datatype, shape, data, default) : throw Invalid($"tensor '{name}' has no array 'data'");
    }

    /// <exception cref="MlOpsException">Invalid <c>tensor-invalid</c>: a value of another type, or not as many as the shape says.</exception>
    public List<object?> Values()
    {
        List<object?> values;
        if (Data.IsGiven)
        {
            using JsonDocument document = Data.Document();
            Read(document.RootElement, values = []);
        }
        else
        {
            if (Datatype.Size > 0 && Bytes.Length != Elements * Datatype.Size)
                throw Invalid($"tensor '{Name}' has {Bytes.Length} bytes, but its shape [{string.Join(", ", Shape)}] needs {Elements * Datatype.Size} of {Datatype.Name}");
            // Before room is made for them: a shape is a few bytes, whatever it says.
            if (Datatype.Size == 0 && Bytes.Length < Elements * TensorBytes.LengthBytes)
                throw Invalid($"tensor '{Name}' has {Bytes.Length} bytes, but its shape [{string.Join(", ", Shape)}] needs at least {Elements * TensorBytes.LengthBytes} of {Datatype.Name}");
            values = TensorBytes.Read(this, Bytes.Span);
        }

        return values.Count == Elements ? values : throw Invalid($"tensor '{Name}' has {values.Count} values, but its shape [{string.Join(", ", Shape)}] needs {Elements}");
    }

    /// <summary>Flat, or nested as the shape is.</summary>
    private void Read(JsonElement data, List<object?> values)
    {
        if (data.GetArrayLength() > 0 && data[0].ValueKind == JsonValueKind.Array)
            ReadNested(data, 0, values);
        else
            ReadFlat(data, values);
    }

    private void ReadNested(JsonElement data, int dimension, List<object?> values)
    {
        if (data.ValueKind != JsonValueKind.Array || data.GetArrayLength() != Shape[dimension])
            throw Uneven(values.Count);
        if (dimension == Shape.Count - 1)
        {
            ReadFlat(data, values);
            return;
        }

        foreach (JsonElement part in data.EnumerateArray())
            ReadNested(part, dimension + 1, values);
    }

    private MlOpsException Uneven(int at) => Invalid($"tensor '{Name}' is not nested as its shape [{string.Join(", ", Shape)}] is, from value {at} on: give the values flat, or a list a dimension");

    private void ReadFlat(JsonElement data, List<object?> values)
    {
        foreach (JsonElement element in data.EnumerateArray())
        {
            if (element.ValueKind == JsonValueKind.Array)
                throw Uneven(values.Count);
            if (Datatype.TryRead(element, out object? value))
                values.Add(value);
            else
                throw Invalid($"tensor '{Name}' is {Datatype.Name}, but value {values.Count} is {JsonFields.Shown(element)}");
        }
    }

    private static ReadOnlyMemory<byte> Take(JsonSlice size, string name, ref ReadOnlyMemory<byte> binary)
    {
        if (!size.TryWhole(out int bytes))
            throw Invalid($"'binary_data_size' of tensor '{name}' is {size.Shown()}, expected a whole number of bytes");
        if (bytes > binary.Length)
            throw Invalid($"tensor '{name}' has a 'binary_data_size' of {bytes}, but {binary.Length} bytes are left behind the JSON (header {InferBody.LengthHeader})");
        ReadOnlyMemory<byte> taken = binary[..bytes];
        binary = binary[bytes..];
        return taken;
    }

    private static string? Text(JsonSlice value) => value.Kind == JsonValueKind.String ? value.Text() : null;

    private static MlOpsException Invalid(string message) => MlOpsException.Invalid("tensor-invalid", message);
}
