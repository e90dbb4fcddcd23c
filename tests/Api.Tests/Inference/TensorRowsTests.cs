using System.Text;
using MlOps.Api.Protocols.OpenInference;
using MlOps.Domain.Serving;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Api.Tests.Inference;

/// <summary>Tensors that are read straight are read as the general way reads them.</summary>
public sealed class TensorRowsTests
{
    private static readonly ModelSignature Numbers = new(LearningTask.Regression, "y", [new("a", ColumnType.Number, false), new("b", ColumnType.Number, true)], []);

    private static readonly ModelSignature Mixed = new(
        LearningTask.Regression, "y", [new("a", ColumnType.Number, false), new("c", ColumnType.Category, true, ["x", "7"]), new("f", ColumnType.Boolean, true)], []);

    [Theory]
    [InlineData(true, """{"name": "t", "shape": [2, 2], "datatype": "FP64", "data": [1.5, -2e-3, 3, null]}""")]
    [InlineData(true, """{"name": "t", "shape": [2, 2], "datatype": "INT8", "data": [[1, 2], [-128, 127]]}""")]
    [InlineData(true, """{"name": "t", "shape": [2, 2], "datatype": "FP32", "data": [1.5, NaN, 3, "NaN"]}""")]
    [InlineData(true, """{"name": "b", "shape": [2], "datatype": "FP32", "data": [1, null]}, {"name": "a", "shape": [2, 1], "datatype": "UINT64", "data": [[3], [4]]}""")]
    [InlineData(true, """{"name": "a", "shape": [2], "datatype": "FP32", "data": [1, 2]}""")]
    [InlineData(false, """{"name": "a", "shape": [2], "datatype": "INT32", "data": [1, 2]}, {"name": "c", "shape": [2], "datatype": "BYTES", "data": ["x", "new"]}, {"name": "f", "shape": [2], "datatype": "BOOL", "data": [true, null]}""")]
    [InlineData(false, """{"name": "a", "shape": [1], "datatype": "INT32", "data": [1]}, {"name": "c", "shape": [1], "datatype": "INT64", "data": [7]}""")]
    public void TryRead_OrdinaryTensors_ReadsWhatTheGeneralWayReads(bool numbers, string tensors)
    {
        ModelSignature signature = numbers ? Numbers : Mixed;
        InferRequest request = Parse(tensors);
        using FeatureRows rows = FeatureRows.Rent(signature);

        Assert.True(request.Rows.TryRead(rows));
        Assert.Equal(Texts(request.Rows.Bind(new RequestBinder(signature))), Texts(rows.Record().ToTable()));
    }

    [Theory]
    [InlineData("""{"name": "t", "shape": [2, 2], "datatype": "FP64", "data": [1, 2, 3]}""")]
    [InlineData("""{"name": "t", "shape": [2, 2], "datatype": "FP64", "data": [1, 2, 3, 4, 5]}""")]
    [InlineData("""{"name": "t", "shape": [100000000, 2], "datatype": "FP64", "data": [1, 2]}""")]
    [InlineData("""{"name": "t", "shape": [1, 2], "datatype": "FP64", "data": [null, 2]}""")]
    [InlineData("""{"name": "t", "shape": [1, 2], "datatype": "INT8", "data": [128, 2]}""")]
    [InlineData("""{"name": "t", "shape": [1, 2], "datatype": "INT8", "data": [1.5, 2]}""")]
    [InlineData("""{"name": "t", "shape": [1, 2], "datatype": "BYTES", "data": ["1", "2"]}""")]
    [InlineData("""{"name": "t", "shape": [0, 2], "datatype": "FP64", "data": []}""")]
    [InlineData("""{"name": "a", "shape": [1], "datatype": "FP64", "data": [1]}, {"name": "a", "shape": [1], "datatype": "FP64", "data": [1]}""")]
    [InlineData("""{"name": "a", "shape": [1], "datatype": "FP64", "data": [1]}, {"name": "b", "shape": [2], "datatype": "FP64", "data": [1, 2]}""")]
    [InlineData("""{"name": "b", "shape": [1], "datatype": "FP64", "data": [1]}""")]
    public void TryRead_OtherTensors_LeavesThemToTheGeneralWay(string tensors)
    {
        using FeatureRows rows = FeatureRows.Rent(Numbers);

        Assert.False(Parse(tensors).Rows.TryRead(rows));
        Assert.Equal(0, rows.Count);
    }

    [Theory]
    [InlineData("FP64", true)]
    [InlineData("FP32", true)]
    [InlineData("FP16", false)]
    public void TryRead_BytesOfFloats_ReadsThem(string datatype, bool expected)
    {
        double[] values = [1.5, double.NaN, -3, 0.25];
        byte[] bytes = [.. values.SelectMany(v => datatype switch
        {
            "FP64" => BitConverter.GetBytes(v),
            "FP32" => BitConverter.GetBytes((float)v),
            _ => BitConverter.GetBytes((Half)v),
        })];
        string json = $$"""{"inputs": [{"name": "t", "shape": [2, 2], "datatype": "{{datatype}}", "parameters": {"binary_data_size": {{bytes.Length}} } }]}""";
        var request = InferRequest.Parse(new InferBody(Encoding.UTF8.GetBytes(json), bytes, false));
        using FeatureRows rows = FeatureRows.Rent(Numbers);

        Assert.Equal(expected, request.Rows.TryRead(rows));
        Assert.Equal("a 1.5 -3|b  0.25", Texts(request.Rows.Bind(new RequestBinder(Numbers))));
        if (expected)
            Assert.Equal("a 1.5 -3|b  0.25", Texts(rows.Record().ToTable()));
    }

    private static InferRequest Parse(string tensors) => InferRequest.Parse(new InferBody(Encoding.UTF8.GetBytes($$"""{"inputs": [{{tensors}}]}"""), default, false));

    private static string Texts(Table table) =>
        string.Join('|', table.Columns.Select(c => $"{c.Name} {string.Join(' ', Enumerable.Range(0, c.Count).Select(c.Format))}"));
}
