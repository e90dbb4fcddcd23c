namespace MlOps.Bench.Serving;

/// <summary>What a server has resident, looked at ten times a second until it is printed.</summary>
internal sealed class ResidentSamples : IAsyncDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(100);

    private readonly ServerProcess _server;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task<List<(double All, double Private)>> _taken;

    public ResidentSamples(ServerProcess server)
    {
        _server = server;
        _taken = TakeAsync();
    }

    /// <summary>Ends the looking and prints a row.</summary>
    /// <returns>The median, in MB.</returns>
    public async Task<double> PrintAsync(string upTo)
    {
        await _stop.CancelAsync();
        List<(double All, double Private)> taken = await _taken;
        double[] all = [.. taken.Select(t => t.All)];
        Console.WriteLine(FormattableString.Invariant($"| {upTo} | {all.Median():N0} | {all.Min():N0} to {all.Max():N0} | {taken.Select(t => t.Private).Median():N0} |"));
        return all.Median();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _taken;
        _stop.Dispose();
    }

    private async Task<List<(double All, double Private)>> TakeAsync()
    {
        var taken = new List<(double All, double Private)>();
        do
        {
            taken.Add((_server.ResidentMegabytes(), _server.PrivateMegabytes()));
            await Task.Delay(Every, _stop.Token).ContinueWith(_ => { }, TaskScheduler.Default);
        }
        while (!_stop.IsCancellationRequested);
        return taken;
    }
}
