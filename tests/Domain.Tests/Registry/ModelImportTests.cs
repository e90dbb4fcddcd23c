using System.Text;
using MlOps.Contracts;
using MlOps.Domain.Datasets;
using MlOps.Domain.Experiments;
using MlOps.Domain.Registry;
using MlOps.Domain.Training;
using MlOps.Learning.Importing;

namespace MlOps.Domain.Tests.Registry;

/// <summary>What an import may take from the others.</summary>
public sealed class ModelImportTests : RegistryTest
{
    private const long Memory = 64 << 20;

    private static readonly TimeSpan Limit = Eventually.Patience;

    private ModelImports Imports() => new(
        new DatasetCatalog(Stores.Tables, Stores.Blobs, Stores.Time), new ExperimentTracker(Stores.Tables, Stores.Blobs, Stores.Time), new ModelStore(Stores.Blobs), Registry, Stores.Time, Memory);

    [Fact]
    public async Task Import_WhileAnotherIsOnItsWay_WaitsAndIsRefusedAfterAMinute()
    {
        ModelImports imports = Imports();
        var first = new Upload();
        var second = new Upload();
        Task one = ImportAsync(imports, first);
        await first.Asked.WaitAsync(Limit);

        Task two = ImportAsync(imports, second);
        Stores.Time.Advance(ImportTurn.Patience);

        MlOpsException busy = await Assert.ThrowsAsync<MlOpsException>(() => two.WaitAsync(Limit));
        Assert.Equal((ErrorKind.Unavailable, "model-import-busy"), (busy.Kind, busy.Code));
        Assert.NotNull(busy.RetryAfter);
        Assert.False(second.Asked.IsCompleted);
        first.Send("");
        await FailsAsync(ErrorKind.Invalid, "model-import-format", () => one.WaitAsync(Limit));
    }

    [Fact]
    public async Task Import_AfterAnotherThatFailed_HasItsTurn()
    {
        ModelImports imports = Imports();
        var first = new Upload();
        Task one = ImportAsync(imports, first);
        await first.Asked.WaitAsync(Limit);
        Task two = ImportAsync(imports, new MemoryStream(Encoding.UTF8.GetBytes("hello")));
        Assert.False(two.IsCompleted);

        first.Send("");

        await FailsAsync(ErrorKind.Invalid, "model-import-format", () => one.WaitAsync(Limit));
        MlOpsException own = await FailsAsync(ErrorKind.Invalid, "model-import-format", () => two.WaitAsync(Limit));
        Assert.Contains("'hello'", own.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Import_FileThatDoesNotArrive_GivesUpItsTurn()
    {
        var slow = new Upload();
        Task import = ImportAsync(Imports(), slow);
        await slow.Asked.WaitAsync(Limit);
        Stores.Time.Advance(ImportTurn.UploadPatience);
        await FailsAsync(ErrorKind.Invalid, "model-import-slow", () => import.WaitAsync(Limit));
    }

    [Fact]
    public async Task Import_FileThatIsLargerThanTheHostCanHold_IsNotReadToItsEnd()
    {
        var endless = new MemoryStream(new byte[(int)Memory]);
        MlOpsException error = await FailsAsync(ErrorKind.TooLarge, "model-import-too-large", () => ImportAsync(Imports(), endless));
        Assert.Contains("16,777,216 bytes", error.Message, StringComparison.Ordinal);
        Assert.InRange(endless.Position, 16 << 20, 18 << 20);
    }

    private static Task ImportAsync(ModelImports imports, Stream file) => imports.ImportAsync("churn", file, new ModelImport(ImportOptions.Default), "ann", None);

    /// <summary>A file that comes when the test sends it.</summary>
    private sealed class Upload : Stream
    {
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource<byte[]> _sent = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private bool _ended;

        public Task Asked => _asked.Task;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public void Send(string text) => _sent.SetResult(Encoding.UTF8.GetBytes(text));

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            _asked.TrySetResult();
            byte[] bytes = await _sent.Task.WaitAsync(cancellationToken);
            int count = _ended ? 0 : bytes.Length;
            bytes.AsMemory(0, count).CopyTo(buffer);
            _ended = true;
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
