using Microsoft.Extensions.Logging.Abstractions;
using MlOps.Contracts;
using MlOps.CrashHost;
using MlOps.Domain;
using MlOps.Domain.Pipelines;
using MlOps.Embedded.Inbox;

namespace MlOps.Embedded.Tests.Inbox;

public sealed class InboxWatcherTests : IAsyncLifetime
{
    private readonly TempDirectory _folder = new();
    private readonly ManualTimeProvider _clock = new();
    private EmbeddedPlatform _embedded = null!;
    private InboxWatcher _watcher = null!;

    private Platform Platform => _embedded.Platform;

    private string Shop => _folder["inbox/shop"];

    public async Task InitializeAsync()
    {
        // Its workflows are not started: what the inbox starts stays as it was started.
        _embedded = await PipelineLoad.OpenAsync(_folder.FullPath, null);
        await Platform.Pipelines.RegisterAsync(PipelineLoad.Yaml + "trigger: { newData: true }\n", "shop.yaml", "test", default);
        _watcher = NewWatcher();
        Directory.CreateDirectory(Shop);
    }

    public async Task DisposeAsync()
    {
        await _embedded.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Scan_QuietFile_BecomesAVersionStartsItsPipelineAndMovesAway()
    {
        Put("monday.csv", PipelineLoad.Csv());

        InboxResult result = Assert.Single(await ScanTwiceAsync());

        Assert.Equal((InboxVerdict.Added, "shop@1"), (result.Verdict, result.Version));
        PipelineRun run = await Platform.Pipelines.ListRunsAsync("shop", default).SingleAsync();
        Assert.Equal(run.Id, Assert.Single(result.Runs));
        Assert.Equal((TriggerReason.NewData, "shop@1"), (run.Trigger.Reason, run.Trigger.Dataset));
        Assert.Equal("monday.csv", (await Platform.Datasets.ListAsync(default)).Single().Lineage.Source);
        Assert.Empty(Directory.GetFiles(Shop));
        Assert.EndsWith("-monday.csv", Assert.Single(Directory.GetFiles(Path.Combine(Shop, "processed"))));
    }

    [Fact]
    public async Task Scan_FileThatGrows_WaitsUntilItIsQuiet()
    {
        string csv = PipelineLoad.Csv();
        Put("slow.csv", csv[..500]);
        Assert.Empty(await _watcher.ScanAsync(default));
        _clock.Advance(TimeSpan.FromSeconds(3));
        Put("slow.csv", csv[..900]);
        Assert.Empty(await _watcher.ScanAsync(default));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Put("slow.csv", csv);
        Assert.Empty(await _watcher.ScanAsync(default));
        _clock.Advance(TimeSpan.FromSeconds(1.9));
        Assert.Empty(await _watcher.ScanAsync(default));
        _clock.Advance(TimeSpan.FromSeconds(0.1));

        InboxResult result = Assert.Single(await _watcher.ScanAsync(default));

        Assert.Equal(InboxVerdict.Added, result.Verdict);
        Assert.Equal(200, (await Platform.Datasets.ListAsync(default)).Single().Rows);
    }

    [Theory]
    [InlineData(".hidden.csv")]
    [InlineData("upload.csv.tmp")]
    [InlineData("upload.csv.part")]
    [InlineData("upload.csv~")]
    public async Task Scan_UnfinishedName_IsLeftAlone(string name)
    {
        Put(name, PipelineLoad.Csv());

        Assert.Empty(await ScanTwiceAsync());

        Assert.True(File.Exists(Path.Combine(Shop, name)));
    }

    [Fact]
    public async Task Scan_FileThatDoesNotParse_IsRejectedWithTheReasonAndNothingIsAdded()
    {
        Put("bad.csv", "a,b\n1,2\n3\n");
        Put("good.csv", PipelineLoad.Csv());

        IReadOnlyList<InboxResult> results = await ScanTwiceAsync();

        InboxResult bad = results.Single(r => r.File == "shop/bad.csv");
        Assert.Equal(InboxVerdict.Rejected, bad.Verdict);
        string rejected = Assert.Single(Directory.GetFiles(Path.Combine(Shop, "rejected"), "*.csv"));
        string reason = await File.ReadAllTextAsync(rejected + ".error.txt");
        Assert.Contains(bad.Reason!, reason);
        Assert.Contains("row", reason);
        Assert.Equal("good.csv", Assert.Single(await Platform.Datasets.ListVersionsAsync("shop", default)).Lineage.Source);
    }

    [Theory]
    [InlineData("notes.txt", "hello", "the ending '.txt' is not one of .csv")]
    [InlineData("empty.csv", "", "it is empty")]
    [InlineData("head.csv", "a,b\n", "no rows")]
    public async Task Scan_UnfitFile_IsRejected(string name, string text, string reason)
    {
        Put(name, text);

        InboxResult result = Assert.Single(await ScanTwiceAsync());

        Assert.Equal(InboxVerdict.Rejected, result.Verdict);
        Assert.Contains(reason, result.Reason);
        Assert.Empty(await Platform.Datasets.ListAsync(default));
    }

    [SkippableFact]
    public async Task Scan_NamedPipe_IsRejectedUnopenedAndHoldsNothingUp()
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows has no named pipes in folders");
        using (var made = System.Diagnostics.Process.Start("mkfifo", Path.Combine(Shop, "a.csv")))
            await made.WaitForExitAsync();
        Put("b.csv", PipelineLoad.Csv());

        IReadOnlyList<InboxResult> results = await ScanTwiceAsync().WaitAsync(Eventually.Patience);

        Assert.Equal([("shop/a.csv", InboxVerdict.Rejected), ("shop/b.csv", InboxVerdict.Added)], results.Select(r => (r.File, r.Verdict)).Order());
    }

    [Fact]
    public async Task Scan_LargerThanAllowed_IsRejectedUnread()
    {
        var strict = new InboxWatcher(
            _folder["inbox"], Platform.Datasets, Platform.Pipelines, _clock, NullLogger.Instance, new InboxOptions { MaxBytes = 10 });
        Put("large.csv", PipelineLoad.Csv());

        Assert.Empty(await strict.ScanAsync(default));
        _clock.Advance(TimeSpan.FromSeconds(2));
        InboxResult result = Assert.Single(await strict.ScanAsync(default));

        Assert.Contains("at most 10 are taken", result.Reason);
        Assert.Empty(await Platform.Datasets.ListAsync(default));
    }

    [Fact]
    public async Task Scan_LinkOutOfTheInbox_IsRejectedUnread()
    {
        string secret = _folder["secret.csv"];
        await File.WriteAllTextAsync(secret, PipelineLoad.Csv());
        File.CreateSymbolicLink(Path.Combine(Shop, "link.csv"), secret);
        Directory.CreateDirectory(_folder["outside"]);
        await File.WriteAllTextAsync(_folder["outside/data.csv"], PipelineLoad.Csv());
        Directory.CreateSymbolicLink(_folder["inbox/linked"], _folder["outside"]);

        InboxResult result = Assert.Single(await ScanTwiceAsync());

        Assert.Equal(("shop/link.csv", InboxVerdict.Rejected), (result.File, result.Verdict));
        Assert.Empty(await Platform.Datasets.ListAsync(default));
        Assert.True(File.Exists(secret));
        Assert.True(File.Exists(_folder["outside/data.csv"]));
    }

    [Fact]
    public async Task Scan_TargetFolderIsALink_MovesNothingOut()
    {
        Directory.CreateDirectory(_folder["outside"]);
        Directory.CreateSymbolicLink(Path.Combine(Shop, "processed"), _folder["outside"]);
        Put("monday.csv", PipelineLoad.Csv());

        await ScanTwiceAsync();

        Assert.Empty(Directory.GetFiles(_folder["outside"]));
        Assert.True(File.Exists(Path.Combine(Shop, "monday.csv")));
    }

    [Fact]
    public async Task Scan_FolderThatNamesNoDataset_IsLeftAlone()
    {
        foreach (string name in new[] { "My Data", "shop@3", "..shop" })
        {
            Directory.CreateDirectory(_folder[$"inbox/{name}"]);
            await File.WriteAllTextAsync(_folder[$"inbox/{name}/a.csv"], PipelineLoad.Csv());
        }

        Assert.Empty(await ScanTwiceAsync());
        Assert.Empty(await Platform.Datasets.ListAsync(default));
    }

    [Fact]
    public async Task Scan_CrashBetweenAddAndMove_TakesTheFileAgainWithoutHarm()
    {
        Put("monday.csv", PipelineLoad.Csv());
        InboxResult first = Assert.Single(await ScanTwiceAsync());
        File.Move(Assert.Single(Directory.GetFiles(Path.Combine(Shop, "processed"))), Path.Combine(Shop, "monday.csv"));
        _watcher = NewWatcher();

        InboxResult again = Assert.Single(await ScanTwiceAsync());

        Assert.Equal((InboxVerdict.Known, "shop@1"), (again.Verdict, again.Version));
        Assert.Equal(first.Runs, again.Runs);
        Assert.Single(await Platform.Pipelines.ListRunsAsync("shop", default).ToListAsync());
        Assert.Single(await Platform.Datasets.ListVersionsAsync("shop", default));
    }

    [Fact]
    public async Task Scan_TwoFilesOfOneName_KeepsBoth()
    {
        Put("data.csv", PipelineLoad.Csv());
        await ScanTwiceAsync();
        Put("data.csv", PipelineLoad.Csv(shift: 5));
        InboxResult second = Assert.Single(await ScanTwiceAsync());

        Assert.Equal("shop@2", second.Version);
        Assert.Equal(2, Directory.GetFiles(Path.Combine(Shop, "processed")).Length);
    }

    private InboxWatcher NewWatcher() => new(_folder["inbox"], Platform.Datasets, Platform.Pipelines, _clock, NullLogger.Instance);

    private void Put(string name, string text) => File.WriteAllText(Path.Combine(Shop, name), text);

    /// <summary>Sees the files, lets the quiet time pass, takes them.</summary>
    private async Task<IReadOnlyList<InboxResult>> ScanTwiceAsync()
    {
        IReadOnlyList<InboxResult> first = await _watcher.ScanAsync(default);
        _clock.Advance(TimeSpan.FromSeconds(2));
        return [.. first, .. await _watcher.ScanAsync(default)];
    }
}
