using System.Text.Json;
using MlOps.Api.Http;
using MlOps.Api.Inference;

namespace MlOps.Api.Protocols.OpenInference;

/// <summary>An output that a request asks for.</summary>
/// <param name="Binary">Parameter <c>binary_data</c>; null: as the request says for all.</param>
/// <param name="Top">Parameter <c>classification</c>: so many best classes a row, each as <c>value:index:class</c>.</param>
internal sealed record WantedOutput(string Name, bool? Binary, int? Top)
{
    /// <summary>Null when the request names none.</summary>
    /// <exception cref="MlOpsException">Invalid <c>json-invalid</c>.</exception>
    public static IReadOnlyList<WantedOutput>? Parse(JsonSlice outputs)
    {
        if (outputs.Kind != JsonValueKind.Array)
            return null;
        var wanted = new List<WantedOutput>();
        JsonParts parts = outputs.Parts();
        while (parts.MoveNext())
            wanted.Add(Parse(parts.Current, wanted.Count));
        return wanted;
    }

    /// <summary>A parameter that is true or false; null when it is not there.</summary>
    /// <exception cref="MlOpsException">Invalid <c>json-invalid</c>.</exception>
    public static bool? Flag(JsonSlice parameters, string name) => parameters.Member(name) switch
    {
        { IsGiven: false } => null,
        { Kind: JsonValueKind.True } => true,
        { Kind: JsonValueKind.False } => false,
        var other => throw JsonFields.Invalid($"the parameter '{name}' is {other.Shown()}, expected true or false"),
    };

    private static WantedOutput Parse(JsonSlice output, int index)
    {
        JsonSlice name = output.Member("name");
        if (name.Kind != JsonValueKind.String)
            throw JsonFields.Invalid($"output {index} needs a text 'name'");
        JsonSlice parameters = output.Member("parameters");
        return new(name.Text(), Flag(parameters, "binary_data"), TopOf(parameters.Member("classification")));
    }

    private static int? TopOf(JsonSlice top)
    {
        if (!top.IsGiven)
            return null;
        return top.TryWhole(out int count) && count > 0
            ? count
            : throw JsonFields.Invalid($"the parameter 'classification' is {top.Shown()}, expected a number of classes from 1");
    }
}
