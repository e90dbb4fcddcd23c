namespace MlOps.Bench.Serving;

/// <summary>CPU time from the start of the process to its first prediction.</summary>
internal sealed class StartBench(ServingPlace place)
{
    private const int Turns = 5;

    public async Task RunAsync()
    {
        List<double> ours = [], theirs = [];
        for (int turn = 0; turn < Turns; turn++)
        {
            ours.Add(await CpuAsync(place.Ours("numbers")));
            if (place.HasPeer)
                theirs.Add(await CpuAsync(place.Peer("inplace")));
        }

        Console.WriteLine("| start to first prediction | CPU s |");
        Console.WriteLine("|---|---:|");
        Console.WriteLine(FormattableString.Invariant($"| mlops serve, as published | {ours.Median():0.00} |"));
        if (place.HasPeer)
        {
            Console.WriteLine(FormattableString.Invariant($"| FastAPI, XGBoost inplace_predict | {theirs.Median():0.00} |"));
            Console.WriteLine(FormattableString.Invariant($"| ratio (target <= 0.3) | {ours.Median() / theirs.Median():0.00} |"));
        }

        Console.WriteLine();
    }

    private async Task<double> CpuAsync(ServerCommand command)
    {
        using ServerProcess server = await ServerProcess.StartAsync(command, place.Body("numbers", 1));
        return server.CpuSeconds();
    }
}
