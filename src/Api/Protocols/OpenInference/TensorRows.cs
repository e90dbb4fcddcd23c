using MlOps.Api.Inference;
using MlOps.Domain.Serving;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Api.Protocols.OpenInference;

/// <summary>
/// Rows from one tensor <c>[n, features]</c> in the order of the signature, or from a tensor <c>[n]</c> or <c>[n, 1]</c> a column.
/// </summary>
internal sealed class TensorRows(IReadOnlyList<Tensor> tensors, IReadOnlyList<WantedOutput>? outputs) : RequestRows
{
    public override long BinaryValues
    {
        get
        {
            long values = 0;
            for (int i = 0; i < tensors.Count; i++)
                values += tensors[i].Bytes.Length / (tensors[i].Datatype.Size > 0 ? tensors[i].Datatype.Size : TensorBytes.LengthBytes);
            return values;
        }
    }

    public override bool TryRead(FeatureRows rows)
    {
        CheckOutputs(rows.Signature);
        var index = FeatureIndex.Of(rows.Signature);
        if (!index.IsDirect)
            return false;
        return IsMatrix(index) ? TryMatrix(tensors[0], rows) : TryColumns(index, rows);
    }

    /// <exception cref="MlOpsException">Invalid <c>tensor-invalid</c>, <c>output-unknown</c>, or from the binder.</exception>
    public override Table Bind(RequestBinder binder)
    {
        CheckOutputs(binder.Signature);
        Tensor first = tensors[0];
        if (IsMatrix(FeatureIndex.Of(binder.Signature)))
            return binder.BindRows([.. first.Values().Chunk(Math.Max(1, first.Width))], null);
        if (tensors.FirstOrDefault(t => t.Width != 1) is { } wide)
            throw MlOpsException.Invalid("tensor-invalid", $"tensor '{wide.Name}' has the shape [{string.Join(", ", wide.Shape)}], expected [n] or [n, 1] a feature, or one single tensor [n, {binder.Signature.Inputs.Count}] for all of them");
        return binder.BindColumns([.. tensors.Select(t => new RequestColumn(t.Name, t.Values()))]);
    }

    // Here and not when it is answered: a refused request must not be counted and logged as a prediction.
    private void CheckOutputs(ModelSignature signature)
    {
        if (outputs is not null)
            ModelOutput.Select(signature.Task, signature.Classes.Count, outputs);
    }

    private bool IsMatrix(FeatureIndex index) => tensors is [{ Shape.Count: 2 } only] && index.Find(only.Name) < 0;

    private static bool TryMatrix(Tensor tensor, FeatureRows rows) => tensor.Width == rows.Width
        && (tensor.Data.IsGiven ? FeatureReader.TryMatrix(tensor.Data.Span, tensor.Rows, tensor.Datatype.Kinds, rows) : TensorNumbers.TryMatrix(tensor, rows));

    private bool TryColumns(FeatureIndex index, FeatureRows rows)
    {
        foreach (Tensor tensor in tensors)
        {
            int feature = index.Find(tensor.Name);
            bool read = feature >= 0 && tensor.Width == 1 && tensor.Data.IsGiven
                && FeatureReader.TryColumn(tensor.Data.Span, feature, tensor.Rows, tensor.Datatype.Kinds, rows, tensor.Shape.Count == 2);
            if (read)
                continue;
            rows.Clear();
            return false;
        }

        return FeatureReader.IsComplete(rows);
    }
}

/// <summary>The bytes of a model's only input: any number of rows of a number or a boolean, or one text.</summary>
internal sealed class RawTensorRows(ReadOnlyMemory<byte> bytes) : RequestRows
{
    public override long BinaryValues => bytes.Length;

    public override Table Bind(RequestBinder binder)
    {
        if (binder.Signature.Inputs is not [var feature])
            throw MlOpsException.Invalid("tensor-invalid", $"a body without JSON is for models of one input, this one has {binder.Signature.Inputs.Count}: describe the tensors in JSON");
        var datatype = TensorDatatype.Get(TensorDatatype.Of(feature.Type), feature.Name);
        if (datatype.Size == 0)
            return binder.BindColumns([new RequestColumn(feature.Name, [Text(feature.Name)])]);
        if (bytes.Length % datatype.Size != 0)
            throw MlOpsException.Invalid("tensor-invalid", $"the body has {bytes.Length} bytes, expected a multiple of {datatype.Size} for input '{feature.Name}' of {datatype.Name}");
        var tensor = new Tensor(feature.Name, datatype, [bytes.Length / datatype.Size], default, bytes);
        return binder.BindColumns([new RequestColumn(feature.Name, tensor.Values())]);
    }

    private object Text(string input) => TensorBytes.Text(bytes.Span) ?? throw MlOpsException.Invalid("tensor-invalid", $"the body, input '{input}', is no UTF-8 text");
}
