using System.Text.Json;
using MlOps.Domain.EvaluationDatasets;

namespace MlOps.Domain.Tests.EvaluationDatasets;

public sealed class RecordMergeTests : EvaluationDatasetTest
{
    [Fact]
    public async Task Merge_OfThousands_KeepsTheirOrderAndCountsThem()
    {
        await CreateAsync();

        MergeCount first = await Datasets.MergeAsync("d-1", Numbered(1_000), None);
        Stores.Time.Advance(TimeSpan.FromMilliseconds(5));
        MergeCount second = await Datasets.MergeAsync("d-1", Numbered(1_000, from: 500), None);

        Assert.Equal((new MergeCount(1_000, 0), new MergeCount(500, 500)), (first, second));
        Assert.Equal(Enumerable.Range(0, 1_500), (await AllAsync(page: 70)).Select(NumberOf));
        Assert.Equal(1_500, (await Datasets.GetAsync("d-1", None)).Records);
    }

    [Fact]
    public async Task Merge_OfTheSameInputs_ChangesTheRecord()
    {
        await CreateAsync();
        await Datasets.MergeAsync("d-1", [Edit("""{"q":"a","n":1}""", """{"x":1,"y":2}""") with { By = "ann", Tags = Json("""{"t":"1"}""") }], None);
        EvaluationRecord before = (await AllAsync()).Single();
        Stores.Time.Advance(TimeSpan.FromSeconds(1));

        MergeCount count = await Datasets.MergeAsync("d-1", [Edit("""{"n": 1, "q": "\u0061"}""", """{"y":3,"z":[4]}""") with { SetsOutputs = true, Outputs = Json("\"o\"") }], None);

        EvaluationRecord after = (await AllAsync()).Single();
        Assert.Equal(new MergeCount(0, 1), count);
        Assert.Equal(("""{"x":1,"y":3,"z":[4]}""", """{"t":"1"}""", "\"o\"", """{"q":"a","n":1}"""), (Raw(after.Expectations), Raw(after.Tags), Raw(after.Outputs), Raw(after.Inputs)));
        Assert.Equal((before.Id, before.CreatedAt, "ann", "ann"), (after.Id, after.CreatedAt, after.CreatedBy, after.UpdatedBy));
        Assert.Equal(("{}", before.CreatedAt.AddSeconds(1)), (Raw(before.Outputs), after.UpdatedAt));
    }

    [Fact]
    public async Task Merge_OfInputsThatComeTwice_MakesOneRecord()
    {
        await CreateAsync();

        MergeCount count = await Datasets.MergeAsync("d-1", [Edit("""{"q":1}""", """{"a":1}"""), Edit("""{"q":1}""", """{"b":2}""") with { SetsOutputs = true }, Edit("""{"q":1.0}""")], None);

        IReadOnlyList<EvaluationRecord> records = await AllAsync();
        Assert.Equal(new MergeCount(2, 1), count);
        Assert.Equal(["""{"a":1,"b":2}""", null], records.Select(r => r.Expectations is { } e ? Raw(e) : null));
        Assert.Null(records[0].Outputs);
    }

    [Fact]
    public async Task Merge_BrokenOffInTheMiddle_IsCompletedByRepeatingIt()
    {
        await CreateAsync();
        int writes = 0;
        var broken = Over(new FailingTable(Stores.Tables, () => ++writes == 3));

        await Assert.ThrowsAsync<IOException>(() => broken.MergeAsync("d-1", Numbered(200), None));
        int some = (await Datasets.GetAsync("d-1", None)).Records;
        MergeCount count = await Datasets.MergeAsync("d-1", Numbered(200), None);

        Assert.Equal((98, new MergeCount(102, 98)), (some, count));
        Assert.Equal(Enumerable.Range(0, 200), (await AllAsync()).Select(NumberOf).Order());
        Assert.Equal(200, (await Datasets.GetAsync("d-1", None)).Records);
    }

    [Fact]
    public async Task Merge_WhileAnotherMergesTheSame_MakesEachRecordOnce()
    {
        await CreateAsync();
        var meanwhile = Over(new MeanwhileTable(Stores.Tables, "evaluationDatasets", () => Datasets.MergeAsync("d-1", [Edit("""{"n":1}""", """{"a":1}""")], None)));

        MergeCount count = await meanwhile.MergeAsync("d-1", [Edit("""{"n":1}""", """{"b":1}"""), Edit("""{"n":2}""")], None);

        Assert.Equal(new MergeCount(1, 1), count);
        Assert.Equal([1, 2], (await AllAsync()).Select(NumberOf));
        Assert.Equal("""{"a":1,"b":1}""", Raw((await AllAsync())[0].Expectations));
        Assert.Equal(2, (await Datasets.GetAsync("d-1", None)).Records);
    }

    [Fact]
    public async Task Merge_OfManyAtOnce_LosesNone()
    {
        await CreateAsync();

        await Task.WhenAll(Enumerable.Range(0, 8).Select(n => Datasets.MergeAsync("d-1", Numbered(60, from: n * 50), None)));

        Assert.Equal(Enumerable.Range(0, 410), (await AllAsync()).Select(NumberOf).Order());
        Assert.Equal(410, (await Datasets.GetAsync("d-1", None)).Records);
    }

    [Fact]
    public async Task Merge_OfLargeRecords_GoesInAsManyBatchesAsItTakes()
    {
        await CreateAsync();
        string text = new('x', 700_000);

        await Datasets.MergeAsync("d-1", [.. Enumerable.Range(0, 12).Select(n => Edit($$"""{"n":{{n}},"text":"{{text}}"}"""))], None);
        RecordPage first = await Datasets.RecordsAsync("d-1", 1_000, null, None);

        Assert.Equal(Enumerable.Range(0, 12), first.Records.Select(NumberOf));
        await FailsAsync(ErrorKind.TooLarge, "evaluation-record-too-large", () => Datasets.MergeAsync("d-1", [Edit("""{"n":100}"""), Edit($$"""{"text":"{{text}}{{text}}"}""")], None));
        Assert.Equal(12, (await Datasets.GetAsync("d-1", None)).Records);
    }

    [Fact]
    public async Task Merge_SaysWhatTheRecordsHave()
    {
        EvaluationDataset made = await CreateAsync(name: "qa");
        Stores.Time.Advance(TimeSpan.FromSeconds(1));

        await Datasets.MergeAsync("d-1", [Edit("""{"q":"x","i":1,"f":1.0,"b":true}""", """{"n":null}""") with { By = "ann" }], None);
        await Datasets.MergeAsync("d-1", [Edit("""{"q":2,"l":[],"o":{}}""") with { SetsOutputs = true, Outputs = Json("3") }, Edit("{}") with { SetsOutputs = true, Outputs = Json("""{"k":1}""") }], None);

        EvaluationDataset after = await Datasets.GetAsync("d-1", None);
        Assert.Equal("q string, i integer, f float, b boolean, l array, o object", string.Join(", ", after.Schema!.Inputs.Select(f => $"{f.Key} {f.Value}")));
        Assert.Equal(("integer", 0, "n null"), (after.Schema.OutputsType, after.Schema.Outputs.Count, string.Join(", ", after.Schema.Expectations.Select(f => $"{f.Key} {f.Value}"))));
        Assert.Equal((null, null, 3), (made.UpdatedBy, after.UpdatedBy, after.Records));
        Assert.NotEqual(made.Digest, after.Digest);
        Assert.Matches("^[0-9a-f]{8}$", after.Digest);
    }

    [Fact]
    public async Task Merge_OfNothing_IsAnUpdate()
    {
        await CreateAsync();
        Stores.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(new MergeCount(0, 0), await Datasets.MergeAsync("d-1", [], None));

        Assert.Equal(Stores.Time.GetUtcNow(), (await Datasets.GetAsync("d-1", None)).UpdatedAt);
        await FailsAsync(ErrorKind.NotFound, "evaluation-data-set-missing", () => Datasets.MergeAsync("d-2", [], None));
    }

    private static string? Raw(JsonElement? value) => value?.GetRawText();
}
