using MlOps.Domain.Experiments;
using MlOps.Domain.Experiments.Models;
using MlOps.Domain.Experiments.Traces;
using MlOps.Domain.Gc;

namespace MlOps.Domain.Tests.Gc;

/// <summary>A file that is being written to a run, a logged model or a trace while that is removed: its writer is told, or it is there.</summary>
public sealed class LateUploadTests : GcWorld
{
    private const string Id = "0123456789abcdef0123456789abcdef";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Write_ToARunThatIsRemovedBeforeTheLastByte_IsRefused_AndWhatIsLeftGoes(bool byTree)
    {
        Run run = await RunAsync(Id);

        await FailsAsync("run-missing", () => WriteAsync(Tracker, run, new Interrupted(RemoveAsync), byTree));

        Assert.Equal(1, await FilesAsync(Id + "/"));
        Time.Advance(Month);
        Assert.Contains((GcOutcome.Removed, $"artifacts/{Id}"), Told(await CollectAsync()));
        Assert.Equal(0, await FilesAsync(""));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Write_ToARunThatIsRemovedRightAfterIt_IsRefused(bool byTree)
    {
        Run run = await RunAsync(Id);

        await FailsAsync("run-missing", () => WriteAsync(TrackerWhere(RemoveAsync), run, new MemoryStream([1]), byTree));

        Assert.Equal(0, await FilesAsync(""));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Write_ToARunThatIsClaimedRightAfterIt_IsRefused(bool byTree)
    {
        Run run = await RunAsync(Id);
        ExperimentTracker tracker = TrackerWhere(async () =>
        {
            await Tracker.DeleteRunAsync(Id, None);
            Assert.True(await Tracker.Purge.ClaimAsync((await Tracker.Purge.FindAsync(Id, None))!, Time.GetUtcNow(), None));
        });

        await FailsAsync("run-missing", () => WriteAsync(tracker, run, new MemoryStream([1]), byTree));

        await CollectAsync();
        Assert.Equal(0, await FilesAsync(""));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Write_ToARunThatIsRemovedAndBegunAnewMeanwhile_IsRefused(bool byTree)
    {
        Run run = await RunAsync(Id);
        ExperimentTracker tracker = TrackerWhere(async () =>
        {
            await RemoveAsync();
            await Tracker.StartRunAsync(new RunStart(Id, "churn", "again", RunLineage.None, RunChanges.NoTexts), None);
        });

        await FailsAsync("artifact-missing", () => WriteAsync(tracker, run, new MemoryStream([1]), byTree));

        Assert.Equal(0, await FilesAsync(""));
    }

    [Fact]
    public async Task Write_ToARunThatIsDeletedMeanwhile_IsRefusedAsLater_AndNoFileOfItIsLost()
    {
        Run run = await RunAsync(Id);

        await FailsAsync("run-deleted", () => WriteAsync(Tracker, run, new Interrupted(() => Tracker.DeleteRunAsync(Id, None)), byTree: true));
        await Tracker.RestoreRunAsync(Id, None);
        await WriteAsync(Tracker, run, new MemoryStream([1]), byTree: true);

        Assert.Equal(["late.bin", "model/model.bin", "notes.txt"], (await Tracker.ListArtifactsAsync(Id, None)).Select(a => a.Path));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Write_ToWhatIsRemovedBeforeTheLastByte_IsRefused_AndWhatIsLeftGoes(bool isModel)
    {
        (string path, Func<Task> remove, string missing) = await OwnedAsync(isModel);

        await FailsAsync(missing, () => Tracker.Artifacts.WriteAsync(path, new Interrupted(remove), None));

        Time.Advance(Month);
        Assert.Contains(GcOutcome.Removed, (await CollectAsync()).Items.Select(i => i.Outcome));
        Assert.Equal(0, await FilesAsync("", ArtifactTree.Container));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Write_ToWhatIsRemovedAndMadeAnewRightAfterIt_IsRefused(bool isModel)
    {
        (string path, Func<Task> remove, _) = await OwnedAsync(isModel);
        ExperimentTracker tracker = TrackerWhere(async () =>
        {
            await remove();
            await OwnedAsync(isModel);
        });

        await FailsAsync("artifact-missing", () => tracker.Artifacts.WriteAsync(path, new MemoryStream([1]), None));

        Assert.Equal(0, await FilesAsync("", ArtifactTree.Container));
    }

    [Fact]
    public async Task Write_ToALoggedModelThatIsDeleted_IsRefused_AsWhileItIsDeleted()
    {
        (string path, _, string missing) = await OwnedAsync(isModel: true);

        await FailsAsync(missing, () => Tracker.Artifacts.WriteAsync(path, new Interrupted(() => Tracker.Models.DeleteAsync($"m-{Id}", None)), None));

        await FailsAsync(missing, () => Tracker.Artifacts.WriteAsync(path, new MemoryStream([1]), None));
        await FailsAsync(missing, () => Tracker.Uploads.BeginAsync("u1", path, None));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Write_ToTheFolderOfNothing_IsAnybodys(bool isModel)
    {
        (string path, Func<Task> remove, _) = await OwnedAsync(isModel);
        await remove();

        await Tracker.Artifacts.WriteAsync(path, new MemoryStream([1]), None);

        Assert.True(await Tracker.Artifacts.ExistsAsync(path, None));
    }

    /// <summary>A logged model or a trace: where a file of it goes, how it is removed, and the code by which who looks for it then is told.</summary>
    private async Task<(string Path, Func<Task> Remove, string Missing)> OwnedAsync(bool isModel)
    {
        string experiment = (await Tracker.EnsureExperimentAsync("churn", None)).Id;
        if (!isModel)
        {
            await Tracker.Traces.StoreAsync(new Trace($"tr-{Id}", experiment, Time.GetUtcNow()), None);
            return ($"{experiment}/traces/tr-{Id}/artifacts/traces.json", () => Tracker.Traces.DeleteAsync(new TraceDeletion(experiment, null, null, [$"tr-{Id}"]), None), "trace-missing");
        }

        await Tracker.Models.CreateAsync(new LoggedModelStart($"m-{Id}", experiment, "clf"), None);
        return ($"{experiment}/models/m-{Id}/artifacts/MLmodel", RemoveAsync, "logged-model-missing");

        async Task RemoveAsync()
        {
            await Tracker.Models.DeleteAsync($"m-{Id}", None);
            Assert.Contains((GcOutcome.Removed, $"m-{Id}"), Told(await CollectAsync(new GcRequest { OlderThan = TimeSpan.Zero })));
        }
    }

    /// <summary>One to which that happens once a file has been written, before its writer knows.</summary>
    private ExperimentTracker TrackerWhere(Func<Task> happens) => new(World.Platform.Ports.Tables, new AfterWriting(Blobs, happens), Time);

    private async Task RemoveAsync()
    {
        await Tracker.DeleteRunAsync(Id, None);
        Assert.Equal([(GcOutcome.Removed, Id)], Told(await CollectAsync(new GcRequest { RunIds = [Id] })));
    }

    private static Task WriteAsync(ExperimentTracker tracker, Run run, Stream content, bool byTree) => byTree
        ? tracker.Artifacts.WriteAsync($"{ArtifactUris.PathOf(ArtifactUris.OfRun(run))}/late.bin", content, None)
        : tracker.LogArtifactAsync(run.Id, "late.bin", content, None);

    /// <summary>One byte, before which something happens.</summary>
    private sealed class Interrupted(Func<Task> happens) : MemoryStream([1])
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Position == 0)
                await happens();
            return await base.ReadAsync(buffer, cancellationToken);
        }

        public override async Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken)
        {
            await happens();
            await base.CopyToAsync(destination, bufferSize, cancellationToken);
        }
    }
}
