using System.Security.Cryptography;
using System.Text;
using MlOps.Domain.Datasets;
using MlOps.Learning.Tables;

namespace MlOps.Domain.Tests.Datasets;

public sealed class DatasetCatalogTests
{
    private const string People = "name,age\nada,36\nbob,\n";

    [Fact]
    public async Task AddAsync_Csv_StoresSchemaRowsDigestAndLineage()
    {
        await using var store = new DatasetStore();
        (DatasetVersion version, bool created) = await store.AddAsync("people", People, new DatasetAddOptions { Source = "people.csv", Detail = "by hand" });
        Assert.True(created);
        Assert.Equal(("people", 1, "csv", 2L, 21L), (version.Name, version.Version, version.Format, version.Rows, version.Bytes));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(People))), version.Digest);
        Assert.Equal([new("name", ColumnType.Category), new("age", ColumnType.Number)], version.Schema.Columns);
        Assert.Equal(new DatasetLineage("people.csv", null, "by hand"), version.Lineage);
        Assert.Equal("people@1", version.Ref.ToString());
        Assert.Equal(store.Time.GetUtcNow(), version.CreatedAt);
    }

    [Fact]
    public async Task GetAsync_AfterAdding_IsTheSameInAnotherProcess()
    {
        await using var store = new DatasetStore();
        DatasetVersion added = (await store.AddAsync("people", People)).Version;
        DatasetVersion read = await store.NewCatalog().GetAsync(DatasetRef.Parse("people"), CancellationToken.None);
        Assert.Equal(added.Schema.Columns, read.Schema.Columns);
        Assert.Equal(added with { Schema = read.Schema }, read);
    }

    [Fact]
    public async Task AddAsync_SameBytesAgain_IsTheSameVersion()
    {
        await using var store = new DatasetStore();
        await store.AddAsync("people", People);
        await store.AddAsync("people", People + "eve,7\n");
        DatasetAdded again = await store.AddAsync("people", People, new DatasetAddOptions { Source = "other.csv" });
        Assert.False(again.Created);
        Assert.Equal(1, again.Version.Version);
        Assert.Equal("upload", again.Version.Lineage.Source);
        Assert.Equal([2, 1], (await store.Catalog.ListVersionsAsync("people", CancellationToken.None)).Select(v => v.Version));
    }

    [Fact]
    public async Task AddAsync_SameBytesUnderTwoNames_ShareOneBlob()
    {
        await using var store = new DatasetStore();
        await store.AddAsync("people", People);
        List<string> before = await store.BlobPathsAsync();
        Assert.True((await store.AddAsync("persons", People)).Created);
        Assert.Equal(before, await store.BlobPathsAsync());
    }

    [Fact]
    public async Task AddAsync_SameBytesConcurrently_GivesOneVersion()
    {
        await using var store = new DatasetStore();
        DatasetAdded[] added = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => store.AddAsync("people", People))));
        Assert.All(added, a => Assert.Equal(1, a.Version.Version));
        Assert.Single(added, a => a.Created);
    }

    [Fact]
    public async Task AddAsync_DifferentBytesConcurrently_GivesConsecutiveVersions()
    {
        await using var store = new DatasetStore();
        DatasetAdded[] added = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => Task.Run(() => store.AddAsync("people", People + $"p{i},{i}\n"))));
        Assert.Equal(Enumerable.Range(1, 12), added.Select(a => a.Version.Version).Order());
        Assert.All(added, a => Assert.True(a.Created));
    }

    [Fact]
    public async Task AddAsync_StreamThatCannotSeek_IsAddedAndLeavesNoUpload()
    {
        await using var store = new DatasetStore();
        await using var upload = new ForwardStream(Encoding.UTF8.GetBytes(People));
        DatasetAdded added = await store.Catalog.AddAsync("people", upload, new DatasetAddOptions(), CancellationToken.None);
        Assert.Equal(2, added.Version.Rows);
        Assert.All(await store.BlobPathsAsync(), path => Assert.StartsWith("sha256/", path));
    }

    [Fact]
    public async Task AddAsync_UploadThatDoesNotParse_LeavesNothingBehind()
    {
        await using var store = new DatasetStore();
        await using var upload = new ForwardStream("name,age\nada\n"u8.ToArray());
        MlOpsException error = await Assert.ThrowsAsync<MlOpsException>(() => store.Catalog.AddAsync("people", upload, new DatasetAddOptions(), CancellationToken.None));
        Assert.Equal("csv-ragged-row", error.Code);
        Assert.Empty(await store.BlobPathsAsync());
        Assert.Empty(await store.Catalog.ListAsync(CancellationToken.None));
    }

    [Theory]
    [InlineData("", "csv-empty")]
    [InlineData("a;b\n1;2\n", "csv-delimiter")]
    [InlineData("a,b\n", "dataset-no-rows")]
    [InlineData("a,a\n1,2\n", "csv-header-duplicate")]
    public async Task AddAsync_BadFile_LeavesNothingBehind(string csv, string code)
    {
        await using var store = new DatasetStore();
        MlOpsException error = await store.FailAsync("people", csv);
        Assert.Equal((ErrorKind.Invalid, code), (error.Kind, error.Code));
        Assert.Empty(await store.BlobPathsAsync());
        Assert.Empty(await store.Catalog.ListAsync(CancellationToken.None));
        MlOpsException missing = await Assert.ThrowsAsync<MlOpsException>(() => store.Catalog.ListVersionsAsync("people", CancellationToken.None));
        Assert.Equal("dataset-missing", missing.Code);
    }

    [Fact]
    public async Task AddAsync_RequiredColumnAbsent_NamesItAndThePresentOnes()
    {
        await using var store = new DatasetStore();
        MlOpsException error = await store.FailAsync("people", People, new DatasetAddOptions { Source = "p.csv", RequiredColumns = ["age", "churn"] });
        Assert.Equal("'p.csv' has no column 'churn', which 'people' needs; it has: name, age", error.Message);
        Assert.Empty(await store.BlobPathsAsync());
    }

    [Theory]
    [InlineData("")]
    [InlineData("People")]
    [InlineData("-a")]
    [InlineData("a/b")]
    [InlineData("..")]
    [InlineData("ä")]
    [InlineData("a234567890123456789012345678901234567890123456789012345678901234")]
    public async Task AddAsync_BadName_IsInvalid(string name)
    {
        await using var store = new DatasetStore();
        MlOpsException error = await store.FailAsync(name, People);
        Assert.Equal($"'{name}' is no name of a data set; allowed are 1 to 63 of a-z, 0-9, '.', '_' and '-', beginning with a letter or digit", error.Message);
    }

    [Fact]
    public async Task AddAsync_SameBytesWithOtherTypes_IsConflict()
    {
        await using var store = new DatasetStore();
        await store.AddAsync("people", People);
        MlOpsException error = await store.FailAsync("people", People, new DatasetAddOptions { Types = new Dictionary<string, ColumnType> { ["age"] = ColumnType.Category } });
        Assert.Equal(ErrorKind.Conflict, error.Kind);
        Assert.Equal("people@1 has the same bytes but reads 'age' as Number; versions do not change: add the data under another name or leave the options out", error.Message);
    }

    [Fact]
    public async Task AddAsync_ParentThatDoesNotExist_IsNotFound()
    {
        await using var store = new DatasetStore();
        await store.AddAsync("people", People);
        MlOpsException error = await store.FailAsync("people", People + "eve,7\n", new DatasetAddOptions { Parent = "people@9" });
        Assert.Equal("data set 'people' has no version 9; the latest is 1", error.Message);
    }

    [Fact]
    public async Task AddAsync_JsonLinesAndTabs_AreKnownByTheEnding()
    {
        await using var store = new DatasetStore();
        DatasetVersion lines = (await store.AddAsync("events", "{\"a\":1,\"b\":\"x\"}\n{\"a\":2}\n", new DatasetAddOptions { Source = "e.jsonl" })).Version;
        DatasetVersion tabs = (await store.AddAsync("tabs", "a\tb\n1\tx\n", new DatasetAddOptions { Source = "t.tsv" })).Version;
        Assert.Equal(("jsonl", 2L), (lines.Format, lines.Rows));
        Assert.Equal("x", (await store.Catalog.LoadAsync(tabs, CancellationToken.None))["b"].Format(0));
        Assert.Equal("x", (await store.NewCatalog().LoadAsync(lines, CancellationToken.None))["b"].Format(0));
        Assert.Equal("format 'xlsx' is unknown; use csv or jsonl", (await store.FailAsync("x", People, new DatasetAddOptions { Format = "xlsx" })).Message);
    }

    [Fact]
    public async Task LoadAsync_TypesGivenWhenAdded_AreUsedAgain()
    {
        await using var store = new DatasetStore();
        var options = new DatasetAddOptions { Types = new Dictionary<string, ColumnType> { ["age"] = ColumnType.Text } };
        DatasetVersion version = (await store.AddAsync("people", People, options)).Version;
        Table table = await store.NewCatalog().LoadAsync(version, CancellationToken.None);
        Assert.Equal(ColumnType.Text, table["age"].Type);
        Assert.Equal(version.Schema.Columns, table.Schema.Columns);
    }

    [Fact]
    public async Task LoadAsync_Twice_GivesTheSameTable()
    {
        await using var store = new DatasetStore();
        DatasetVersion version = (await store.AddAsync("people", People)).Version;
        Table[] tables = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => store.Catalog.LoadAsync(version, CancellationToken.None)));
        Assert.All(tables, t => Assert.Same(tables[0], t));
    }

    [Fact]
    public async Task OpenAsync_Version_HasTheBytesThatWereAdded()
    {
        await using var store = new DatasetStore();
        DatasetVersion version = (await store.AddAsync("people", People)).Version;
        using var reader = new StreamReader(await store.Catalog.OpenAsync(version, CancellationToken.None));
        Assert.Equal(People, await reader.ReadToEndAsync());
    }

    [Fact]
    public async Task ProfileAsync_Version_HasTheProfileOfItsTable()
    {
        await using var store = new DatasetStore();
        DatasetVersion version = (await store.AddAsync("people", People)).Version;
        TableProfile profile = await store.NewCatalog().ProfileAsync(version, CancellationToken.None);
        Assert.Equal(2, profile.Rows);
        Assert.Equal((1, 36.0), (profile.Find("age")!.Missing, profile.Find("age")!.Numbers!.Mean));
        Assert.Equal([new LevelCount("ada", 1), new LevelCount("bob", 1)], profile.Find("name")!.TopLevels);
    }

    [Fact]
    public async Task GetAsync_Misspelt_SuggestsTheClosest()
    {
        await using var store = new DatasetStore();
        await store.AddAsync("people", People);
        MlOpsException error = await Assert.ThrowsAsync<MlOpsException>(() => store.Catalog.GetAsync(DatasetRef.Parse("poeple@1"), CancellationToken.None));
        Assert.Equal("data set 'poeple' does not exist; did you mean 'people'? (there are: people)", error.Message);
    }

    [Fact]
    public async Task ListAsync_SeveralDataSets_GivesTheLatestOfEachByName()
    {
        await using var store = new DatasetStore();
        await store.AddAsync("zoo", People);
        await store.AddAsync("ants", People);
        await store.AddAsync("zoo", People + "eve,7\n");
        Assert.Equal(["ants@1", "zoo@2"], (await store.Catalog.ListAsync(CancellationToken.None)).Select(v => v.Ref.ToString()));
    }
}
