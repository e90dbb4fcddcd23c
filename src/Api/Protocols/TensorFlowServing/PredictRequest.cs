using System.Text.Json;
using MlOps.Api.Http;
using MlOps.Api.Inference;

namespace MlOps.Api.Protocols.TensorFlowServing;

/// <summary>The body of <c>:predict</c>: <c>instances</c>, a row each, or <c>inputs</c>, the columns; other fields are other servers' extensions.</summary>
/// <param name="ByColumn">The answer comes as <c>outputs</c> rather than as <c>predictions</c>.</param>
internal sealed record PredictRequest(RequestRows Rows, bool ByColumn, string Signature)
{
    /// <exception cref="MlOpsException">Invalid <c>json-invalid</c>, <c>signature-unknown</c>.</exception>
    public static PredictRequest Parse(JsonSlice body)
    {
        if (body.Kind != JsonValueKind.Object)
            throw JsonFields.Invalid($"the body is {body.Shown()}, expected an object with 'instances' or 'inputs'");
        JsonMembers members = body.Members("instances", "inputs", "signature_name");
        JsonSlice instances = members[0];
        JsonSlice inputs = members[1];
        if (instances.IsGiven == inputs.IsGiven)
            throw JsonFields.Invalid($"the body has {(instances.IsGiven ? "both" : "neither")} 'instances' {(instances.IsGiven ? "and" : "nor")} 'inputs', expected exactly one of them");
        string signature = ServingSignature.Parse(members[2]);
        RequestRows rows = inputs.Kind == JsonValueKind.Object ? new ColumnRows(inputs, "inputs")
            : instances.IsGiven ? RequestRows.Of(instances, "instances") : RequestRows.Of(inputs, "inputs");
        return new(new CheckedRows(rows, model => ServingSignature.Check(signature, model.Task)), inputs.IsGiven, signature);
    }
}
