using System.Buffers;
using System.IO.Pipelines;
using MlOps.Server.Direct;

namespace MlOps.Cli.Tests;

/// <summary>On which thread it goes on for who waits for a connection's bytes.</summary>
public sealed class SharedTransportTests
{
    private readonly SharedThread _thread = new();
    private readonly Pipe _input = new(new PipeOptions(readerScheduler: PipeScheduler.Inline, useSynchronizationContext: false));
    private readonly SharedTransport _transport;

    public SharedTransportTests() => _transport = new SharedTransport(new Duplex(_input.Reader, new Pipe().Writer), _thread);

    [Fact]
    public async Task ReadAsync_OfARequestThatHasNotLeft_GoesOnOnTheThreadThatBringsTheBytes() =>
        Assert.True(await IsReadInPlaceAsync());

    [Fact]
    public async Task ReadAsync_OfARequestThatHasLeft_GoesOnOnThePool_ToItsEnd()
    {
        bool isInPlace = true;
        await _thread.LeaveForAsync(async () => isInPlace = await IsReadInPlaceAsync());

        Assert.False(isInPlace);
        Assert.True(await IsReadInPlaceAsync());
    }

    [Fact]
    public async Task ReadAsync_ThatFailsOnceTheRequestHasLeft_FailsOnThePool()
    {
        await _thread.LeaveAsync();
        Task<bool> failed = FailAsync();
        Bring(() => _input.Writer.Complete(new IOException("gone")));

        Assert.True(await failed);
    }

    /// <summary>Whether the reader goes on on the thread that brings the bytes, which is none of the pool.</summary>
    private async Task<bool> IsReadInPlaceAsync()
    {
        Task<bool> read = ReadAsync();
        Bring(() =>
        {
            _input.Writer.Write("x"u8);
            _input.Writer.FlushAsync().AsTask().Wait();
        });
        return await read;
    }

    private async Task<bool> ReadAsync()
    {
        ReadResult read = await _transport.Input.ReadAsync().ConfigureAwait(false);
        bool isInPlace = !Thread.CurrentThread.IsThreadPoolThread;
        _transport.Input.AdvanceTo(read.Buffer.End);
        return isInPlace;
    }

    private async Task<bool> FailAsync()
    {
        try
        {
            await _transport.Input.ReadAsync().ConfigureAwait(false);
            return false;
        }
        catch (IOException)
        {
            return Thread.CurrentThread.IsThreadPoolThread;
        }
    }

    private static void Bring(Action bring)
    {
        var thread = new Thread(() => bring());
        thread.Start();
        thread.Join();
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
