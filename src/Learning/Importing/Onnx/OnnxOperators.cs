using MlOps.Learning.Importing.Onnx.Kernels;

namespace MlOps.Learning.Importing.Onnx;

/// <summary>The operators that are known, by domain and name.</summary>
internal static class OnnxOperators
{
    internal static readonly IReadOnlyDictionary<string, OnnxOperator> Known = new Dictionary<string, OnnxOperator>([.. Arithmetic.All, .. ShapeOperators.All, .. SliceOperators.All, .. MatrixOperators.All, .. Reductions.All, .. FeatureOperators.All, .. ModelOperators.All], StringComparer.Ordinal);

    public static OnnxKernel Prepare(OnnxNode node, int opset) => Known.TryGetValue(node.ToString(), out OnnxOperator? known)
        ? known(node, opset)
        : throw ImportErrors.Unsupported($"its operator {node} is not known; known are {string.Join(", ", Known.Keys.Order(StringComparer.Ordinal))}");
}
