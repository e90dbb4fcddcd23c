using System.Text.Json;
using MlOps.Api.Http;
using MlOps.Domain.Serving;
using MlOps.Learning.Tables;

namespace MlOps.Api.Protocols.OpenInference;

/// <summary>
/// An inference request. Unknown fields and parameters are ignored, as the protocol's extensions need it.
/// </summary>
/// <param name="Id">Echoed, and the id that feedback refers to; null: the request's.</param>
/// <param name="Unit">Parameter <c>unit</c>: what stays with one version during a rollout.</param>
/// <param name="Outputs">Names of the outputs wanted, in order; null for all.</param>
internal sealed record InferRequest(string? Id, string? Unit, IReadOnlyList<Tensor> Inputs, IReadOnlyList<string>? Outputs)
{
    /// <exception cref="MlOpsException">Invalid <c>tensor-invalid</c> or <c>json-invalid</c>.</exception>
    public static InferRequest Parse(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object)
            throw JsonFields.Invalid($"the body is {JsonFields.Shown(body)}, expected an object with 'inputs'");
        if (!body.TryGetProperty("inputs", out JsonElement inputs) || inputs.ValueKind != JsonValueKind.Array || inputs.GetArrayLength() == 0)
            throw JsonFields.Invalid("the body needs an array 'inputs' of at least one tensor");
        return new InferRequest(IdOf(body), UnitOf(body), [.. inputs.EnumerateArray().Select(Tensor.Parse)], OutputsOf(body));
    }

    /// <summary>
    /// The rows, from one tensor <c>[n, features]</c> in the order of the signature, or from a tensor <c>[n]</c> or <c>[n, 1]</c> a column.
    /// </summary>
    /// <exception cref="MlOpsException">Invalid <c>tensor-invalid</c>, <c>output-unknown</c>, or from the binder.</exception>
    public Table Bind(RequestBinder binder)
    {
        // Here and not when it is answered: a refused request must not be counted and logged as a prediction.
        ModelOutput.Select(binder.Signature.Task, binder.Signature.Classes.Count, Outputs);
        Tensor first = Inputs[0];
        bool isMatrix = Inputs.Count == 1 && first.Shape.Count == 2 && !binder.Signature.Inputs.Any(f => f.Name == first.Name);
        if (isMatrix)
            return binder.BindRows([.. first.Values.Chunk(Math.Max(1, first.Width))], null);
        if (Inputs.FirstOrDefault(t => t.Width != 1) is { } wide)
            throw MlOpsException.Invalid("tensor-invalid", $"tensor '{wide.Name}' has the shape [{string.Join(", ", wide.Shape)}], expected [n] or [n, 1] a feature, or one single tensor [n, {binder.Signature.Inputs.Count}] for all of them");
        return binder.BindColumns([.. Inputs.Select(t => new RequestColumn(t.Name, t.Values))]);
    }

    private static string? IdOf(JsonElement body)
    {
        if (!body.TryGetProperty("id", out JsonElement id) || id.ValueKind == JsonValueKind.Null)
            return null;
        return id.ValueKind == JsonValueKind.String ? id.GetString() : throw JsonFields.Invalid($"'id' is {JsonFields.Shown(id)}, expected a text");
    }

    private static string? UnitOf(JsonElement body) =>
        body.TryGetProperty("parameters", out JsonElement parameters) && parameters.ValueKind == JsonValueKind.Object && parameters.TryGetProperty("unit", out JsonElement unit)
            ? unit.ToString()
            : null;

    private static List<string>? OutputsOf(JsonElement body)
    {
        if (!body.TryGetProperty("outputs", out JsonElement outputs) || outputs.ValueKind != JsonValueKind.Array)
            return null;
        var names = new List<string>();
        foreach (JsonElement output in outputs.EnumerateArray())
        {
            if (output.ValueKind != JsonValueKind.Object || !output.TryGetProperty("name", out JsonElement name) || name.ValueKind != JsonValueKind.String)
                throw JsonFields.Invalid($"output {names.Count} needs a text 'name'");
            names.Add(name.GetString()!);
        }

        return names;
    }
}
