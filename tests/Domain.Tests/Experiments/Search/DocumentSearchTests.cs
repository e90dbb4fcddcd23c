using MlOps.Domain.Experiments;
using MlOps.Domain.Experiments.Search;

namespace MlOps.Domain.Tests.Experiments.Search;

/// <summary>What has to be read besides documents is bounded, and no document is missed for it.</summary>
public sealed class DocumentSearchTests : IAsyncLifetime
{
    private readonly EmbeddedStores _stores = new();
    private readonly DocumentTable<Note> _notes;
    private int _read;

    public DocumentSearchTests() => _notes = new DocumentTable<Note>(_stores.Tables, "notes", "note");

    private static CancellationToken None => CancellationToken.None;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _stores.DisposeAsync();

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Page_WhereMoreHasToBeReadThanAPageReads_EndsEarlyAndGoesOn(int experiments)
    {
        string[] ids = [.. Enumerable.Range(1, experiments).Select(e => $"{e}")];
        for (int i = 0; i < 30; i++)
            await PutAsync(ids[i % experiments], i);
        var found = new List<int>();
        string? token = null;
        int pages = 0;
        do
        {
            _read = 0;
            (IReadOnlyList<Note> some, token) = await Search(token, []).PageAsync(ids, 100, None);
            Assert.InRange(_read, 1, 4 + experiments);
            found.AddRange(some.Select(n => n.Number));
            pages++;
        }
        while (token is not null);

        Assert.Equal(Enumerable.Range(0, 30).Where(i => i % 5 == 0).Reverse(), found);
        Assert.InRange(pages, 4, 10);
    }

    [Fact]
    public async Task Page_InAnotherOrderWhereTooMuchHasToBeRead_SaysHowToAskForLess()
    {
        for (int i = 0; i < 30; i++)
            await PutAsync("1", i);
        var order = new SearchOrder<Note>(n => new SortKey(0, n.Number, null), false);

        MlOpsException e = await Assert.ThrowsAsync<MlOpsException>(() => Search(null, [order]).PageAsync(["1"], 100, None));

        Assert.Equal((ErrorKind.TooLarge, "search-too-large"), (e.Kind, e.Code));
    }

    /// <summary>A page reads four at most; one in five is found.</summary>
    private DocumentSearch<Note> Search(string? token, IReadOnlyList<SearchOrder<Note>> orders) => new(_notes, "asked", token, orders, _ => true, (note, _) =>
    {
        _read++;
        return new((note.Number % 5 == 0, DocumentSearch<Note>.ReadBytes / 4));
    });

    private Task PutAsync(string experiment, int number) =>
        _notes.PutAsync(experiment, $"n{number}", DateTimeOffset.UnixEpoch.AddSeconds(number), _ => new Note(number), None);

    internal sealed record Note(int Number);
}
