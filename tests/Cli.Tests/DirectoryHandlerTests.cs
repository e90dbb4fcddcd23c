using MlOps.Cli.Api;

namespace MlOps.Cli.Tests;

/// <summary>A connection on which the owner waits for a request is closed whatever becomes of the request.</summary>
public sealed class DirectoryHandlerTests
{
    private readonly CancellationTokenSource _ctrlC = new();

    [Fact]
    public async Task Send_CancelledWhileItWaits_ClosesTheConnection()
    {
        await using var connection = new Connection(_ctrlC.Cancel);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => SendAsync(connection, HttpMethod.Get));

        Assert.Equal((1, 1), (connection.Made, connection.Closed));
    }

    [Fact]
    public async Task Send_CancelledBeforeItIsSent_ClosesTheConnection()
    {
        await using var connection = new Connection(() => { }, _ctrlC.Cancel);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => SendAsync(connection, HttpMethod.Post));

        Assert.Equal((1, 1), (connection.Made, connection.Closed));
    }

    [Fact]
    public async Task Send_ConnectionThatBreaks_IsClosedEachTimeAndAChangeIsNotSentAgain()
    {
        await using var reading = new Connection(() => throw new IOException("broken"));
        await using var changing = new Connection(() => throw new IOException("broken"));

        await Assert.ThrowsAsync<HttpRequestException>(() => SendAsync(reading, HttpMethod.Get));
        await Assert.ThrowsAsync<HttpRequestException>(() => SendAsync(changing, HttpMethod.Post));

        Assert.Equal((5, 5), (reading.Made, reading.Closed));
        Assert.Equal((1, 1), (changing.Made, changing.Closed));
    }

    private async Task SendAsync(Connection connection, HttpMethod method)
    {
        using var http = new HttpClient(new DirectoryHandler(connection.ConnectAsync));
        using var request = new HttpRequestMessage(method, "http://mlops.local/");
        using HttpResponseMessage response = await http.SendAsync(request, _ctrlC.Token);
    }

    /// <summary>Takes whatever is sent, and answers nothing.</summary>
    private sealed class Connection(Action whenAsked, Action? whenMade = null) : IAsyncDisposable
    {
        private readonly List<Silence> _made = [];

        public int Made => _made.Count;

        public int Closed => _made.Count(s => s.IsClosed);

        public Task<Stream> ConnectAsync(CancellationToken cancellationToken)
        {
            whenMade?.Invoke();
            _made.Add(new Silence(whenAsked));
            return Task.FromResult<Stream>(_made[^1]);
        }

        public async ValueTask DisposeAsync()
        {
            foreach (Silence stream in _made)
                await stream.DisposeAsync();
        }
    }

    private sealed class Silence(Action whenAsked) : MemoryStream
    {
        private readonly TaskCompletionSource<int> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool IsClosed => _closed.Task.IsCompleted;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            whenAsked();
            return await _closed.Task;
        }

        protected override void Dispose(bool disposing)
        {
            _closed.TrySetResult(0);
            base.Dispose(disposing);
        }
    }
}
