namespace MlOps.Bench.Tracking;

/// <summary>
/// MLflow's calls over HTTP against <c>mlops serve</c> as it is published, a process of its own, and against MLflow's own server where
/// <c>MLOPS_MLFLOW_PYTHON</c> names a Python that has it (Linux: processes are measured by /proc). Arguments: [parts, default all:
/// write search history artifacts kill] [runs=10000] [metrics=100] [peer=no] [at=FOLDER, where the published server is kept and used again].
/// </summary>
internal static class TrackingBench
{
    public static async Task RunAsync(string[] args)
    {
        string[] parts = [.. args.Where(a => !a.Contains('='))];
        bool Wanted(string part) => parts.Length == 0 || parts.Contains(part);
        string? Given(string name) => args.FirstOrDefault(a => a.StartsWith(name + "=", StringComparison.Ordinal))?[(name.Length + 1)..];
        using TrackingPlace place = await TrackingPlace.MakeAsync(Given("at"), withPeer: Given("peer") != "no");
        if (Wanted("write"))
            await new WriteBench(place).RunAsync();
        if (Wanted("search"))
            await new SearchBench(place, Number(Given("runs"), 10_000), Number(Given("metrics"), 100)).RunAsync();
        if (Wanted("history"))
            await new HistoryBench(place).RunAsync();
        if (Wanted("artifacts"))
            await new ArtifactBench(place).RunAsync();
        if (Wanted("kill"))
            await new KillBench(place).RunAsync();
    }

    private static int Number(string? text, int otherwise) => text is null ? otherwise : int.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
