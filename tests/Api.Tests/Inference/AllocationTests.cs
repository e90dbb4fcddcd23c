using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using MlOps.Api.Inference;
using MlOps.Domain.Serving;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Api.Tests.Inference;

/// <summary>From the bytes of a request to those of its answer nothing is allocated.</summary>
public sealed class AllocationTests
{
    private static readonly IModel Model = Fit();

    [Theory]
    [InlineData("records", 1)]
    [InlineData("records", 100)]
    [InlineData("lists", 1)]
    [InlineData("lists", 100)]
    [InlineData("columns", 100)]
    public void ReadScoreAndWrite_OfOrdinaryRows_AllocatesNothing(string shape, int rows)
    {
        RequestRows request = Request(shape, rows);
        var answer = new ArrayBufferWriter<byte>(1 << 16);
        using var json = new Utf8JsonWriter(answer);
        for (int i = 0; i < 200; i++)
            Answer(request, json, answer);
        int expected = answer.WrittenCount;

        // Pools are shared: what a collection or another test takes from them is allocated anew, once.
        long allocated = long.MaxValue;
        for (int turn = 0; turn < 20 && allocated > 0; turn++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 100; i++)
                Answer(request, json, answer);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.Equal(0, allocated);
        Assert.Equal((expected, rows), (answer.WrittenCount, JsonDocument.Parse(answer.WrittenMemory).RootElement.GetArrayLength()));
    }

    private static void Answer(RequestRows request, Utf8JsonWriter json, ArrayBufferWriter<byte> answer)
    {
        answer.ResetWrittenCount();
        json.Reset(answer);
        using FeatureRows rows = FeatureRows.Rent(Model.Signature);
        ((IRequestRows)request).Meet(Model);
        if (!request.TryRead(rows))
            throw new InvalidOperationException("the rows were left to the general way");
        PredictedValue.WriteAll(json, rows.Score((IRowScorer)Model));
        json.Flush();
    }

    private static RequestRows Request(string shape, int rows)
    {
        IEnumerable<int> all = Enumerable.Range(0, rows);
        JsonSlice Slice(string text) => new(Encoding.UTF8.GetBytes(text));
        return shape switch
        {
            "records" => new RecordRows(Slice($"[{string.Join(", ", all.Select(i => $$"""{"x": {{Number(i)}}, "kind": "k{{i % 3}}", "extra": "z", "on": true}"""))}]")),
            "lists" => new ListRows(Slice($"[{string.Join(", ", all.Select(i => $"[{Number(i)}, \"k{i % 3}\", null]"))}]"), null, "rows"),
            _ => new ColumnRows(Slice($$"""{"x": [{{string.Join(',', all.Select(Number))}}], "kind": [{{string.Join(',', all.Select(i => $"[\"k{i % 3}\"]"))}}]}"""), "columns"),
        };
    }

    private static string Number(int i) => (i * 1.37).ToString(CultureInfo.InvariantCulture);

    private static IModel Fit()
    {
        int[] rows = [.. Enumerable.Range(0, 300)];
        var table = new Table([
            new NumberColumn("x", [.. rows.Select(i => i * 0.5)]),
            CategoryColumn.From("kind", rows.Select(i => $"k{i % 3}")),
            new BooleanColumn("on", [.. rows.Select(i => (sbyte)(i % 7 == 0 ? -1 : i % 2))]),
            CategoryColumn.From("y", rows.Select(i => i > 150 ? "Yes" : "No"))]);
        return TrainerCatalog.Default.Get("gbdt").Fit(new TrainingSpec { Task = LearningTask.Binary, Target = "y" }, table, null, null, CancellationToken.None);
    }
}
