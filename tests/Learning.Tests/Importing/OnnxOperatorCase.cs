using System.Text.Json;
using MlOps.Learning.Importing.Onnx;

namespace MlOps.Learning.Tests.Importing;

/// <summary>An operator with its inputs and what it must give.</summary>
/// <param name="Outputs">Null where one is not compared.</param>
internal sealed record OnnxOperatorCase(
    string Name, string Operator, string Domain, int Opset, Dictionary<string, OperatorAttribute> Attributes, OperatorValue?[] Inputs, OperatorValue?[] Outputs)
{
    public OnnxNode Node { get; } = new(
        Operator,
        Domain,
        [.. Inputs.Select((input, i) => input is null ? "" : FormattableString.Invariant($"in{i}"))],
        [.. Outputs.Select((_, i) => FormattableString.Invariant($"out{i}"))],
        Attributes.ToDictionary(a => a.Key, a => a.Value.Attribute));

    public static OnnxOperatorCase[] Read(string file) => JsonSerializer.Deserialize<OnnxOperatorCase[]>(File.ReadAllBytes(file), JsonSerializerOptions.Web)!;

    public void Check()
    {
        OnnxTensor[] results = OnnxOperators.Prepare(Node, Opset)([.. Inputs.Select(i => i?.Tensor)]);
        for (int k = 0; k < Outputs.Length; k++)
        {
            if (Outputs[k]?.Tensor is not { } expected)
                continue;
            Assert.Equal((Name, expected.Type, string.Join(' ', expected.Shape)), (Name, results[k].Type, string.Join(' ', results[k].Shape)));
            Assert.Equal(expected.Texts, results[k].Texts);
            Assert.All(expected.Numbers.Zip(results[k].Numbers), p => Assert.True(Same(p.First, p.Second), $"{Name}: {p.Second}, expected {p.First}"));
        }
    }

    private static bool Same(double expected, double got) => double.IsNaN(expected) ? double.IsNaN(got) : Math.Abs(expected - got) <= 1e-6 * Math.Max(1, Math.Abs(expected));
}

internal sealed record OperatorAttribute(long Whole, JsonElement Number, string? Text, long[]? Wholes, double?[]? Numbers, string[]? Texts, OperatorValue? Tensor)
{
    public OnnxAttribute Attribute => new(
        Whole,
        Number.ValueKind == JsonValueKind.Number ? Number.GetDouble() : Number.ValueKind == JsonValueKind.Null ? double.NaN : 0,
        Text ?? "",
        Wholes ?? [],
        [.. (Numbers ?? []).Select(n => n ?? double.NaN)],
        Texts ?? [],
        Tensor?.Tensor);
}

internal sealed record OperatorValue(int Type, int[] Shape, double?[]? Numbers, string[]? Texts)
{
    public OnnxTensor Tensor => Texts is null
        ? new OnnxTensor((OnnxType)Type, Shape, [.. Numbers!.Select(n => n ?? double.NaN)])
        : new OnnxTensor(Shape, Texts);
}
