using static MlOps.Learning.Importing.Onnx.Kernels.Arithmetic;

namespace MlOps.Learning.Importing.Onnx.Kernels;

/// <summary>Products of matrices, and normalisation by what training saw.</summary>
internal static class MatrixOperators
{
    public static IEnumerable<KeyValuePair<string, OnnxOperator>> All { get; } =
    [
        new("MatMul", (_, _) => inputs => [MatMul(In(inputs, 0), In(inputs, 1))]),
        new("Gemm", (node, _) => inputs => [Gemm(node, inputs)]),
        new("BatchNormalization", (node, _) => inputs => [Normalise(inputs, node.Number("epsilon", 1e-5f))]),
    ];

    /// <summary>Of a matrix and a matrix or vector; stacks of matrices are not for rows.</summary>
    private static OnnxTensor MatMul(OnnxTensor a, OnnxTensor b)
    {
        if (a.Rank != 2 || b.Rank is not (1 or 2))
            throw ImportErrors.Unsupported($"a MatMul of tensors of {a.Rank} and {b.Rank} dimensions is not known: it knows matrices, and a vector behind one");
        OnnxTensor matrix = b.Rank == 1 ? b.As([b.Count, 1]) : b;
        OnnxTensor product = Product(a, false, matrix, false);
        return b.Rank == 1 ? product.As([product.Rows]) : product;
    }

    private static OnnxTensor Gemm(OnnxNode node, OnnxTensor?[] inputs)
    {
        double alpha = node.Number("alpha", 1), beta = node.Number("beta", 1);
        OnnxTensor product = Product(In(inputs, 0), node.Whole("transA", 0) != 0, In(inputs, 1), node.Whole("transB", 0) != 0);
        return inputs.Length < 3 || inputs[2] is not { } added
            ? new OnnxTensor(product.Type, product.Shape, [.. product.Numbers.Select(p => alpha * p)])
            : Broadcast.Apply(product.Type, product, added, (p, c) => (alpha * p) + (beta * c));
    }

    private static OnnxTensor Product(OnnxTensor a, bool transposeA, OnnxTensor b, bool transposeB)
    {
        if (a.Rank != 2 || b.Rank != 2)
            throw ImportErrors.Damaged($"a product of tensors of {a.Rank} and {b.Rank} dimensions");
        (int rows, int inner) = transposeA ? (a.Shape[1], a.Shape[0]) : (a.Shape[0], a.Shape[1]);
        (int innerB, int columns) = transposeB ? (b.Shape[1], b.Shape[0]) : (b.Shape[0], b.Shape[1]);
        if (inner != innerB)
            throw ImportErrors.Damaged($"a product of a matrix with {inner} columns and one with {innerB} rows");
        double[] x = Broadcast.Numeric(a), y = Broadcast.Numeric(b);
        var product = new double[OnnxTensor.Elements([rows, columns])];
        for (int i = 0; i < rows; i++)
        {
            Span<double> row = product.AsSpan(i * columns, columns);
            for (int k = 0; k < inner; k++)
            {
                double by = transposeA ? x[(k * rows) + i] : x[(i * inner) + k];
                for (int j = 0; j < columns; j++)
                    row[j] += by * (transposeB ? y[(j * inner) + k] : y[(k * columns) + j]);
            }
        }

        return OnnxTensor.Rounded(a.Type, [rows, columns], product);
    }

    /// <summary>By scale, shift, mean and variance of each column.</summary>
    private static OnnxTensor Normalise(OnnxTensor?[] inputs, double epsilon)
    {
        OnnxTensor x = In(inputs, 0);
        double[][] by = [.. Enumerable.Range(1, 4).Select(i => Broadcast.Numeric(In(inputs, i)))];
        if (x.Rank != 2 || by.Any(b => b.Length != x.Shape[1]))
            throw ImportErrors.Unsupported("a BatchNormalization of something else than rows of numbers is not known");
        int columns = x.Shape[1];
        return OnnxTensor.Rounded(x.Type, x.Shape, [.. x.Numbers.Select((value, i) =>
            ((value - by[2][i % columns]) / Math.Sqrt(by[3][i % columns] + epsilon) * by[0][i % columns]) + by[1][i % columns])]);
    }
}
