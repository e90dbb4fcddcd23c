using System.Text.Json;
using MlOps.Api.Http;
using MlOps.Api.Inference;
using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Explanations;

namespace MlOps.Api.Protocols.OpenInference;

/// <summary>
/// An inference request. Unknown fields and parameters are ignored, as the protocol's extensions need it.
/// </summary>
/// <param name="Id">Echoed, whatever it is; null: the request's.</param>
/// <param name="Unit">Parameter <c>unit</c>: what stays with one version during a rollout.</param>
/// <param name="Outputs">Those wanted, in order; null for all.</param>
/// <param name="BinaryOutputs">Parameter <c>binary_data_output</c>: outputs that do not say otherwise come as bytes.</param>
internal record InferRequest(string? Id, string? Unit, RequestRows Rows, IReadOnlyList<WantedOutput>? Outputs, bool BinaryOutputs)
{
    private const int MaxTensors = 10_000;

    private const int MaxId = 1_024;

    /// <summary>The id where it can be what feedback refers to; null: the request's own is.</summary>
    public string? RequestId => Id is { } id && RequestIds.Problem(id) is null ? id : null;

    /// <summary>Parameter <c>explain</c>, or the output <c>contributions</c>; null: no explanations.</summary>
    public virtual ExplainOptions? Explain => null;

    /// <exception cref="MlOpsException">Invalid <c>tensor-invalid</c> or <c>json-invalid</c>.</exception>
    public static InferRequest Parse(InferBody body) => body.IsRaw
        ? new InferRequest(null, null, new RawTensorRows(body.Binary), null, true)
        : RequestBytes.Parse(body.Json, json => Parse(json, body.Binary));

    private static InferRequest Parse(JsonSlice body, ReadOnlyMemory<byte> binary)
    {
        if (body.Kind != JsonValueKind.Object)
            throw JsonFields.Invalid($"the body is {body.Shown()}, expected an object with 'inputs'");
        JsonMembers members = body.Members("id", "inputs", "outputs", "parameters");
        string? id = IdOf(members[0]);
        List<Tensor> tensors = TensorsOf(members[1], binary);
        IReadOnlyList<WantedOutput>? outputs = WantedOutput.Parse(members[2]);
        JsonMembers parameters = TensorParameters.Of(members[3], "the request").Members("unit", "binary_data_output", ExplainParameter.Name);
        JsonSlice unit = parameters[0];
        var request = new InferRequest(
            id, unit.IsGiven ? unit.Element().ToString() : null, new TensorRows(tensors, outputs), outputs, WantedOutput.Flag(parameters[1], "binary_data_output") ?? false);
        return ExplainOf(outputs, parameters[2]) is { } explain ? new ExplainedInferRequest(request, explain) : request;
    }

    private static ExplainOptions? ExplainOf(IReadOnlyList<WantedOutput>? outputs, JsonSlice parameter)
    {
        ExplainOptions? explain = ExplainParameter.Parse(parameter);
        for (int i = 0; i < outputs?.Count; i++)
        {
            if (outputs[i].IsContributions)
                explain = outputs[i].Top is { } top ? new ExplainOptions(top) : explain ?? ExplainOptions.All;
        }

        return explain;
    }

    private static List<Tensor> TensorsOf(JsonSlice inputs, ReadOnlyMemory<byte> binary)
    {
        var tensors = new List<Tensor>();
        if (inputs.Kind == JsonValueKind.Array)
        {
            JsonParts parts = inputs.Parts();
            while (parts.MoveNext())
                tensors.Add(tensors.Count < MaxTensors ? Tensor.Parse(parts.Current, tensors.Count, ref binary) : throw JsonFields.Invalid($"'inputs' has more than {MaxTensors:N0} tensors"));
        }

        if (tensors.Count == 0)
            throw JsonFields.Invalid("the body needs an array 'inputs' of at least one tensor");
        return binary.IsEmpty ? tensors : throw MlOpsException.Invalid("tensor-invalid", $"{binary.Length} bytes behind the JSON belong to no tensor: the sum of 'binary_data_size' must be what follows the JSON");
    }

    private static string? IdOf(JsonSlice given)
    {
        if (!given.IsGiven)
            return null;
        string id = given.Kind == JsonValueKind.String ? given.Text() : throw JsonFields.Invalid($"'id' is {given.Shown()}, expected a text");
        return id.Length <= MaxId ? id : throw JsonFields.Invalid($"'id' has {id.Length:N0} characters, allowed are {MaxId:N0}");
    }
}

/// <summary>One that asks for explanations too; of its own, so that others are no larger by it.</summary>
internal sealed record ExplainedInferRequest : InferRequest
{
    public ExplainedInferRequest(InferRequest request, ExplainOptions explain)
        : base(request) => Explain = explain;

    public override ExplainOptions? Explain { get; }
}
