namespace MlOps.Bench.Serving;

/// <summary>Requests a second and a CPU second, of one row and of a hundred, and the latency at half of that. All servers run, warm, and take turns.</summary>
internal sealed class RateBench(ServingPlace place, int seconds) : IDisposable
{
    private const int Turns = 3;

    private const string InPlace = "the echo, answered on the sockets' thread";

    private readonly List<ServerProcess> _servers = [];

    public async Task RunAsync()
    {
        List<Case> cases = [];
        await AddAsync(cases, place.EchoServer(), ("ASP.NET Core echo, the same JSON", place.Body("numbers", 1)));
        await AddAsync(cases, place.Ours("numbers"), ("mlops, 100 trees, a row", place.Body("numbers", 1)), ("mlops, 100 trees, 100 rows", place.Body("numbers", 100)));
        await AddAsync(cases, place.Ours("raw"), ("mlops, logistic on texts, a row", place.Body("raw", 1)));
        if (place.HasPeer)
        {
            await AddAsync(cases, place.Peer("inplace"), ("FastAPI, XGBoost inplace_predict, a row", place.Body("numbers", 1)), ("FastAPI, XGBoost inplace_predict, 100 rows", place.Body("numbers", 100)));
            await AddAsync(cases, place.Peer("sklearn"), ("FastAPI, XGBoost scikit-learn wrapper, a row", place.Body("numbers", 1)));
            await AddAsync(cases, place.Peer("pipeline"), ("FastAPI, pandas, one-hot, logistic, a row", place.Body("raw", 1)));
        }

        await AddAsync(cases, place.EchoServer("inplace"), (InPlace, place.Body("numbers", 1)));
        for (int turn = 0; turn < Turns; turn++)
        {
            foreach (Case c in cases)
                await MeasureAsync(c);
        }

        Print(cases);
        if (place.HasPeer)
            await CompareAsync(cases);
    }

    public void Dispose()
    {
        foreach (ServerProcess server in _servers)
            server.Dispose();
    }

    /// <summary>Starts a server and warms it up with each of its bodies.</summary>
    private async Task AddAsync(List<Case> cases, ServerCommand command, params (string Name, string Body)[] bodies)
    {
        ServerProcess server = await ServerProcess.StartAsync(command, bodies[0].Body);
        _servers.Add(server);
        foreach ((string name, string body) in bodies)
        {
            await Wrk.WarmUpAsync(command.Url, body, seconds);
            cases.Add(new Case(name, command.Url, server, body));
        }
    }

    private async Task MeasureAsync(Case c)
    {
        double cpu = c.Server.CpuSeconds();
        LoadSeen seen = await Wrk.RunAsync(c.Url, c.Body, seconds);
        if (seen.Failed > 0)
            throw new InvalidOperationException($"{c.Name}: {seen.Failed} requests failed");
        c.Rates.Add(seen.Rate);
        c.Costs.Add((c.Server.CpuSeconds() - cpu) / seen.Requests);
    }

    private static void Print(List<Case> cases)
    {
        Console.WriteLine("| server on one core, 16 connections | requests/s | CPU us a request |");
        Console.WriteLine("|---|---:|---:|");
        foreach (Case c in cases)
            Console.WriteLine(FormattableString.Invariant($"| {c.Name} | {c.Rate:N0} | {c.Cost * 1e6:N1} |"));
        Console.WriteLine();
    }

    private async Task CompareAsync(List<Case> cases)
    {
        Case echo = cases[0], row = cases[1], hundred = cases[2], texts = cases[3], inplace = cases[4], inplaces = cases[5], wrapper = cases[6], pandas = cases[7];
        Console.WriteLine("| ratio | here | target |");
        Console.WriteLine("|---|---:|---:|");
        Ratio("a row, against the echo", row.Rate / echo.Rate, ">= 0.75");
        Ratio($"a row, against {InPlace}", row.Rate / cases.Single(c => c.Name == InPlace).Rate, "");
        Ratio("a row, against FastAPI with inplace_predict", row.Rate / inplace.Rate, ">= 10");
        Ratio("a row, against FastAPI with the scikit-learn wrapper", row.Rate / wrapper.Rate, ">= 15");
        Ratio("a row of texts, against FastAPI with pandas, one-hot, logistic", texts.Rate / pandas.Rate, ">= 150");
        Ratio("100 rows a CPU second, against FastAPI with inplace_predict", inplaces.Cost / hundred.Cost, ">= 5");
        (double P50, double P99, double Rate) ours = await PacedAsync(row, row.Rate / 2), theirs = await PacedAsync(inplace, inplace.Rate / 2), same = await PacedAsync(row, inplace.Rate / 2);
        Ratio(FormattableString.Invariant($"p99 at half of each one's most: {ours.P99:N0} us at {ours.Rate:N0}/s against {theirs.P99:N0} us at {theirs.Rate:N0}/s"), ours.P99 / theirs.P99, "<= 0.2");
        (double P50, double P99, double Rate) floor = await PacedAsync(echo, row.Rate / 2);
        Ratio(FormattableString.Invariant($"p99 at half of FastAPI's most for both: {same.P99:N0} us"), same.P99 / theirs.P99, "");
        Ratio(FormattableString.Invariant($"p99 of the echo at half of our most: {floor.P99:N0} us"), floor.P99 / theirs.P99, "");
        Console.WriteLine();
    }

    private Task<(double P50, double P99, double Rate)> PacedAsync(Case c, double rate) => PacedLoad.RunAsync(c.Url, c.Body, rate, seconds);

    private static void Ratio(string what, double value, string target) => Console.WriteLine(FormattableString.Invariant($"| {what} | {value:0.##} | {target} |"));

    private sealed record Case(string Name, string Url, ServerProcess Server, string Body)
    {
        public List<double> Rates { get; } = [];

        public List<double> Costs { get; } = [];

        public double Rate => Rates.Median();

        /// <summary>CPU seconds a request.</summary>
        public double Cost => Costs.Median();
    }
}
