using System.Text.Json;
using MlOps.Api.Http;
using MlOps.Api.Inference;

namespace MlOps.Api.Protocols.OpenInference;

/// <summary>An output that a request asks for.</summary>
/// <param name="Binary">Parameter <c>binary_data</c>; null: as the request says for all.</param>
/// <param name="Top">Parameter <c>classification</c>: so many best classes (of contributions: features) a row, each as <c>value:index:class</c>.</param>
internal sealed record WantedOutput(string Name, bool? Binary, int? Top)
{
    private const int MaxOutputs = 100;

    public bool IsContributions => Name == ContributionsOutput.OutputName;

    /// <summary>Null when the request names none.</summary>
    /// <exception cref="MlOpsException">Invalid <c>json-invalid</c>.</exception>
    public static IReadOnlyList<WantedOutput>? Parse(JsonSlice outputs)
    {
        if (!outputs.IsGiven)
            return null;
        if (outputs.Kind != JsonValueKind.Array)
            throw JsonFields.Invalid($"'outputs' is {outputs.Shown()}, expected an array of objects with a 'name'");
        var wanted = new List<WantedOutput>();
        JsonParts parts = outputs.Parts();
        while (parts.MoveNext())
            Add(Parse(parts.Current, wanted.Count), wanted);
        // None named is none chosen.
        return wanted.Count == 0 ? null : wanted;
    }

    /// <summary>A parameter that is true or false; null when it is not there.</summary>
    /// <exception cref="MlOpsException">Invalid <c>json-invalid</c>.</exception>
    public static bool? Flag(JsonSlice value, string name) => value switch
    {
        { IsGiven: false } => null,
        { Kind: JsonValueKind.True } => true,
        { Kind: JsonValueKind.False } => false,
        var other => throw JsonFields.Invalid($"the parameter '{name}' is {other.Shown()}, expected true or false"),
    };

    // An answer must not grow by what a request repeats.
    private static void Add(WantedOutput output, List<WantedOutput> wanted)
    {
        if (wanted.Count == MaxOutputs)
            throw JsonFields.Invalid($"'outputs' has more than {MaxOutputs} outputs");
        if (wanted.Exists(o => o.Name == output.Name))
            throw MlOpsException.Invalid("output-repeated", $"the output '{output.Name}' is asked for twice: name it once");
        wanted.Add(output);
    }

    private static WantedOutput Parse(JsonSlice output, int index)
    {
        JsonMembers members = output.Members("name", "parameters");
        if (members[0].Kind != JsonValueKind.String)
            throw JsonFields.Invalid($"output {index} needs a text 'name'");
        JsonMembers parameters = TensorParameters.Of(members[1], "output", index).Members("binary_data", "classification");
        return new(members[0].Text(), Flag(parameters[0], "binary_data"), TopOf(parameters[1]));
    }

    private static int? TopOf(JsonSlice top)
    {
        if (!top.IsGiven)
            return null;
        return top.TryWhole(out int count) && count > 0
            ? count
            : throw JsonFields.Invalid($"the parameter 'classification' is {top.Shown()}, expected a number from 1");
    }
}
