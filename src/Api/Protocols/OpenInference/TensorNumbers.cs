using System.Runtime.InteropServices;
using MlOps.Api.Inference;
using MlOps.Domain.Serving;
using MlOps.Learning.Tables;

namespace MlOps.Api.Protocols.OpenInference;

/// <summary>Binary tensors of floats, read straight into the rows of a model of numbers.</summary>
internal static class TensorNumbers
{
    /// <summary>False when it is for the general way: another datatype or feature, a missing value where there may be none, no finite number.</summary>
    public static bool TryMatrix(Tensor tensor, FeatureRows rows)
    {
        if (tensor.Rows == 0 || tensor.Bytes.Length != tensor.Elements * tensor.Datatype.Size || !AreNumbers(rows))
            return false;
        rows.Add(tensor.Rows);
        bool read = tensor.Datatype.Name switch
        {
            "FP64" => Copy(MemoryMarshal.Cast<byte, double>(tensor.Bytes.Span), rows, static v => v),
            "FP32" => Copy(MemoryMarshal.Cast<byte, float>(tensor.Bytes.Span), rows, static v => v),
            _ => false,
        };
        if (!read)
            rows.Clear();
        return read;
    }

    private static bool AreNumbers(FeatureRows rows) => Array.TrueForAll(FeatureIndex.Of(rows.Signature).Features, f => f.Type == ColumnType.Number);

    private static bool Copy<T>(ReadOnlySpan<T> from, FeatureRows rows, Func<T, double> widen)
    {
        Span<double> to = rows.Values;
        for (int cell = 0; cell < to.Length; cell++)
        {
            double value = widen(from[cell]);
            if (double.IsInfinity(value) || (double.IsNaN(value) && !rows.Signature.Inputs[cell % rows.Width].Optional))
                return false;
            to[cell] = double.IsNaN(value) ? double.NaN : value;
        }

        return true;
    }
}
