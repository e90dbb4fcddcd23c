using System.Globalization;

namespace MlOps.Bench.Tracking;

/// <summary>
/// Points that are logged: a thousand a call by one client, one a call by one client and by eight. Both servers stand side by side and are
/// called in turns, so that what slows the machine for a while slows both.
/// </summary>
internal sealed class WriteBench(TrackingPlace place)
{
    private const int Turns = 7;

    // Calls that one turn of the slower server, and of ours, consists of: about a second and half of one.
    private static readonly WriteCounts OurCounts = new(Warm: 6_000, Singles: 1_500, Batches: 150);
    private static readonly WriteCounts PeerCounts = new(Warm: 800, Singles: 150, Batches: 9);

    public async Task RunAsync()
    {
        Gauge.Head();
        var sides = new List<WriteSide> { await WriteSide.StartAsync("mlops", place, place.Ours, OurCounts) };
        try
        {
            if (place.HasPeer)
                sides.Add(await WriteSide.StartAsync("MLflow", place, place.Peer, PeerCounts));
            foreach (WriteSide side in sides)
                await side.WarmAsync();
            for (int turn = 0; turn < Turns; turn++)
            {
                foreach (WriteSide side in sides)
                    await side.TurnAsync(turn);
            }

            sides.ForEach(s => s.Say());
            Console.WriteLine();
            if (sides is [var ours, var peer])
                Compare(ours, peer);
        }
        finally
        {
            sides.ForEach(s => s.Dispose());
        }
    }

    private static void Compare(WriteSide ours, WriteSide peer)
    {
        Console.WriteLine($"| call | times MLflow, median of {Turns} turns | least | most |");
        Console.WriteLine("|---|---:|---:|---:|");
        foreach ((string call, IReadOnlyList<double> seconds) in ours.Seconds)
        {
            double[] ratios = [.. peer.Seconds[call].Zip(seconds, (theirs, mine) => theirs / mine).Order()];
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {call} | {ratios[Turns / 2]:0.0} | {ratios[0]:0.0} | {ratios[^1]:0.0} |"));
        }

        Console.WriteLine();
    }
}
