using MlOps.Domain.Experiments;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Tests.Experiments;

public sealed class DocumentTableTests : IAsyncLifetime
{
    private readonly EmbeddedStores _stores = new();
    private readonly DocumentTable<Note> _notes;

    public DocumentTableTests() => _notes = NotesOn(_stores.Tables);

    private static CancellationToken None => CancellationToken.None;

    private static DateTimeOffset Start => DateTimeOffset.UnixEpoch;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _stores.DisposeAsync();

    [Fact]
    public async Task Put_Repeated_IsTheSameDocument()
    {
        await PutAsync(_notes, "n1", "a");

        await PutAsync(_notes, "n1", "b");

        Assert.Equal(("b", 1), ((await _notes.FindAsync("n1", None))!.Text, await CountAsync()));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("-a")]
    [InlineData("a/b")]
    public async Task Put_OfAnIdThatIsNoNameOfAFolder_IsRefusedAndItIsFoundNowhere(string id)
    {
        MlOpsException e = await Assert.ThrowsAsync<MlOpsException>(() => PutAsync(_notes, id, "a"));

        Assert.Equal("small-note-id", e.Code);
        Assert.Null(await _notes.FindAsync(id, None));
    }

    [Fact]
    public async Task Put_OfAnIdOfColons_IsRefusedWhereItsKeyWouldBeTooLong()
    {
        string longest = "a" + new string(':', 79) + "aaaa";

        await PutAsync(_notes, longest, "a");

        Assert.NotNull(await _notes.FindAsync(longest, None));
        Assert.Equal("small-note-id", (await Assert.ThrowsAsync<MlOpsException>(() => PutAsync(_notes, "a" + new string(':', 199), "a"))).Code);
        Assert.Null(await _notes.FindAsync("a" + new string(':', 199), None));
    }

    [Fact]
    public async Task Put_OfAnIdOfAnotherExperiment_IsRefused()
    {
        await PutAsync(_notes, "n1", "a");

        MlOpsException e = await Assert.ThrowsAsync<MlOpsException>(() => PutAsync(_notes, "n1", "b", "2"));

        Assert.Equal("small-note-exists", e.Code);
        Assert.Equal(0, await CountAsync("2"));
    }

    [Fact]
    public async Task Put_TooLarge_LeavesTheIdToWhoeverComes()
    {
        MlOpsException e = await Assert.ThrowsAsync<MlOpsException>(() => PutAsync(_notes, "n1", new string('a', 1 << 20)));

        await PutAsync(_notes, "n1", "b", "2");

        Assert.Equal("small-note-too-large", e.Code);
        Assert.Equal("b", (await _notes.FindAsync("n1", None))!.Text);
    }

    [Fact]
    public async Task Put_OfAnIdWhoseDocumentWasLostBeforeItsIndexRow_IsStored()
    {
        await PutAsync(_notes, "n1", "a");
        await _stores.Tables.WriteAsync("notes", EntityWrite.Delete((await _notes.FindRowAsync("n1", None))!.Key), None);

        await PutAsync(_notes, "n1", "b", "2");

        Assert.Equal(("b", 0), ((await _notes.FindAsync("n1", None))!.Text, await CountAsync()));
    }

    /// <summary>The other comes between the two steps that delete, or that store.</summary>
    [Theory]
    [InlineData("notesIndex")]
    [InlineData("notes")]
    public async Task Delete_ThatAPutMeets_LeavesADocumentThatIsFoundAndDeletable(string between)
    {
        await PutAsync(_notes, "n1", "a");
        var meanwhile = new MeanwhileTable(_stores.Tables, between, () => PutAsync(_notes, "n1", "b"));

        await DeleteAsync(NotesOn(meanwhile), "n1");

        await AssertWholeAsync("n1");
    }

    [Theory]
    [InlineData("notesIndex")]
    [InlineData("notes")]
    public async Task Put_ThatADeleteMeets_LeavesADocumentThatIsFoundAndDeletable(string between)
    {
        await PutAsync(_notes, "n1", "a");
        // Only who inserts a document writes its index row.
        if (between == "notesIndex")
            await _stores.Tables.WriteAsync("notes", EntityWrite.Delete((await _notes.FindRowAsync("n1", None))!.Key), None);
        var meanwhile = new MeanwhileTable(_stores.Tables, between, () => DeleteAsync(_notes, "n1"));

        await PutAsync(NotesOn(meanwhile), "n1", "b");

        Assert.Equal("b", (await _notes.FindAsync("n1", None))!.Text);
        await AssertWholeAsync("n1");
    }

    [Fact]
    public async Task Put_ThatAnotherOfTheIdOvertakes_IsRefusedAndLeavesNothing()
    {
        var meanwhile = new MeanwhileTable(_stores.Tables, "notesIndex", () => PutAsync(_notes, "n1", "b", "2"));

        MlOpsException e = await Assert.ThrowsAsync<MlOpsException>(() => PutAsync(NotesOn(meanwhile), "n1", "a"));

        Assert.Equal(("small-note-exists", 0, "b"), (e.Code, await CountAsync(), (await _notes.FindAsync("n1", None))!.Text));
    }

    [Fact]
    public async Task Delete_OfADocumentWithoutIndexRow_RemovesIt()
    {
        await PutAsync(_notes, "n1", "a");
        DocumentRow<Note> row = (await _notes.FindRowAsync("n1", None))!;
        Entity claim = (await _stores.Tables.QueryAsync("notesIndex", IndexPartition("n1"), EntityRange.All, None)).Entities.Single();
        await _stores.Tables.WriteAsync("notesIndex", EntityWrite.Delete(claim.Key), None);

        Assert.True(await _notes.DeleteAsync(row.Key, None));

        Assert.Equal(0, await CountAsync());
    }

    [Fact]
    public async Task Update_OfTwoWritersAtOnce_KeepsWhatBothSay()
    {
        await PutAsync(_notes, "n1", "");
        var meanwhile = new MeanwhileTable(_stores.Tables, "notes", () => _notes.UpdateAsync("n1", n => new Note(n.Text + "b"), None));

        await NotesOn(meanwhile).UpdateAsync("n1", n => new Note(n.Text + "a"), None);

        Assert.Equal("ba", (await _notes.FindAsync("n1", None))!.Text);
    }

    /// <summary>What is listed is found by its id, and what is not is free.</summary>
    private async Task AssertWholeAsync(string id)
    {
        Assert.Equal(await CountAsync(), await _notes.FindAsync(id, None) is null ? 0 : 1);
        await DeleteAsync(_notes, id);
        Assert.Equal(0, await CountAsync());
        await PutAsync(_notes, id, "again", "2");
    }

    private static DocumentTable<Note> NotesOn(IEntityTable tables) => new(tables, "notes", "small note");

    private static Task PutAsync(DocumentTable<Note> notes, string id, string text, string experiment = "1") =>
        notes.PutAsync(experiment, id, Start, known => known?.Text == text ? null : new Note(text), None);

    private static async Task DeleteAsync(DocumentTable<Note> notes, string id)
    {
        if (await notes.FindRowAsync(id, None) is { } row)
            await notes.DeleteAsync(row.Key, None);
    }

    private ValueTask<int> CountAsync(string experiment = "1") => _notes.ListAsync(experiment, null, None).CountAsync();

    private static string IndexPartition(string id) =>
        Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(id)).AsSpan(0, 1));

    private sealed record Note(string Text);
}
