using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace MlOps.Bench.Serving;

/// <summary>
/// A folder with what all servers need: the telco-churn data as it is and as numbers (texts by their rank), a model of each in a
/// data directory of ours and as files of the peer, bodies of one row and of a hundred.
/// </summary>
internal sealed class ServingPlace : IDisposable
{
    /// <summary>100 trees of depth 6, as the peer's.</summary>
    private const string Trees = "{ use: gbdt, parameters: { trees: 100, depth: 6, learningRate: 0.3 } }";

    private const string Python = "/usr/bin/python3";

    private readonly string _repository;
    private readonly string _root;
    private int _port = 5610;

    private readonly bool _keep;

    private ServingPlace(string repository, string root, bool keep) => (_repository, _root, _keep) = (repository, root, keep);

    public string Echo => Path.Combine(AppContext.BaseDirectory, "MlOps.Bench.dll");

    /// <summary>The command line's folder, compiled ahead as it is published.</summary>
    public string Published => Path.Combine(_root, "published");

    public bool HasPeer { get; private set; }

    /// <param name="keep">The folder stays; where it was filled before it is taken as it is.</param>
    public static async Task<ServingPlace> MakeAsync(string repository, string root, bool keep)
    {
        var place = new ServingPlace(repository, root, keep);
        if (!File.Exists(place.Filled))
        {
            Directory.CreateDirectory(root);
            await place.FillAsync();
            await File.WriteAllTextAsync(place.Filled, place.HasPeer ? "with the peer" : "");
        }

        place.HasPeer = (await File.ReadAllTextAsync(place.Filled)).Length > 0;
        return place;
    }

    /// <param name="kind"><c>numbers</c> or <c>raw</c>.</param>
    public string Body(string kind, int rows) => Path.Combine(_root, $"{kind}-{rows}.json");

    /// <param name="data">The data directory: <c>numbers</c>, <c>raw</c>, <c>bare</c> or <c>watched</c>; all but <c>raw</c> have the model <c>numbers</c>.</param>
    /// <param name="published">The folder of the program, below this one.</param>
    public ServerCommand Ours(string data, string published = "published") => At(url => new(
        $"mlops, {data}", [Path.Combine(_root, published, "mlops"), "--data", Data(data), "serve", "--urls", url], $"{url}/predict"));

    public ServerCommand EchoServer(params string[] more) => At(url => new("ASP.NET Core echo", ["dotnet", Echo, "serving-echo", url, .. more], $"{url}/predict"));

    /// <param name="kind"><c>inplace</c>, <c>sklearn</c> or <c>pipeline</c>.</param>
    public ServerCommand Peer(string kind) => At(url => new(
        $"FastAPI, {kind}",
        [Python, "-m", "uvicorn", "serving_app:app", "--port", new Uri(url).Port.ToString(CultureInfo.InvariantCulture), "--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning"],
        $"{url}/predict",
        Peers)
    {
        Environment = new Dictionary<string, string> { ["SERVING_MODELS"] = _root, ["SERVING_PEER"] = kind },
    });

    /// <summary>Publishes the command line into a folder below this one.</summary>
    public Task PublishAsync(string folder, params string[] more) => ToolAsync(
        "dotnet",
        [
            "publish", Path.Combine(_repository, "src", "Cli"), "-c", "Release", "-r", System.Runtime.InteropServices.RuntimeInformation.RuntimeIdentifier,
            "--self-contained", "true", "-o", Path.Combine(_root, folder), "-v", "q", "--nologo", .. more,
        ]);

    public void Dispose()
    {
        if (!_keep)
            Directory.Delete(_root, recursive: true);
    }

    private string Filled => Path.Combine(_root, "filled");

    private static string Peers => Path.Combine(AppContext.BaseDirectory, "peers");

    private ServerCommand At(Func<string, ServerCommand> command) => command($"http://127.0.0.1:{_port++}");

    private async Task FillAsync()
    {
        string raw = Path.Combine(_repository, "samples", "data", "telco-churn.csv");
        string numbers = Path.Combine(_root, "numbers.csv");
        string[][] rows = [.. File.ReadLines(raw).Select(l => l.Split(','))];
        string[][] ranked = Ranked(rows);
        await File.WriteAllLinesAsync(numbers, ranked.Select(r => string.Join(',', r)));
        foreach (int count in (int[])[1, 100])
        {
            // Rows from the middle: the first have no total.
            await WriteAsync(Body("numbers", count), ranked[100..(100 + count)].Select(r => r[1..].Select(Number)));
            await WriteAsync(Body("raw", count), rows[100..(100 + count)].Select(r => r.Zip(rows[0]).Skip(1).ToDictionary(f => f.Second, f => Value(f.First))));
        }

        await PublishAsync("published");
        await TrainAsync("numbers", "numbers", numbers, Trees);
        await TrainAsync("numbers", "numbers", numbers, Trees.Replace("100", "90", StringComparison.Ordinal));
        await TrainAsync("raw", "raw", raw, "{ use: linear }");
        await TrainAsync("bare", "numbers", numbers, Trees);
        await TrainAsync("watched", "numbers", numbers, Trees, "monitoring: { drift: { every: 30s, window: 10m, minRows: 200 } }");
        await TrainAsync("watched", "numbers", numbers, Trees.Replace("100", "101", StringComparison.Ordinal), "monitoring: { drift: { every: 30s, window: 10m, minRows: 200 } }");
        HasPeer = await TryToolAsync(Python, "-c", "import fastapi, uvicorn, uvloop, httptools, xgboost, sklearn, pandas");
        if (HasPeer)
            await ToolAsync(Python, Path.Combine(Peers, "serving_app.py"), "train", _root, numbers, raw);
        else
            Console.Error.WriteLine("FastAPI left out: apt-get install python3-fastapi python3-uvicorn python3-uvloop python3-httptools python3-xgboost python3-sklearn python3-pandas");
    }

    private async Task TrainAsync(string data, string name, string csv, string trainer, string more = "")
    {
        string file = Path.Combine(_root, $"{name}.yaml");
        await File.WriteAllTextAsync(file, $$"""
            name: {{name}}
            dataset: {{name}}
            task: binary
            target: churn
            positiveClass: "Yes"
            split: { test: 20% }
            trainers: [{{trainer}}]
            metric: auc
            registration: { model: {{name}} }
            rollout: { strategy: direct }
            {{more}}
            """);
        await ToolAsync(Path.Combine(Published, "mlops"), "--data", Data(data), "pipeline", "run", file, "--input", csv);
    }

    private string Data(string name) => Path.Combine(_root, $"data-{name}");

    private static string[][] Ranked(string[][] rows)
    {
        string[][] ranked = [.. rows.Select(r => (string[])r.Clone())];
        for (int column = 1; column < rows[0].Length; column++)
        {
            if (rows.Skip(1).All(r => r[column] == "" || double.TryParse(r[column], CultureInfo.InvariantCulture, out _)))
                continue;
            string[] levels = [.. rows.Skip(1).Select(r => r[column]).Distinct().Order(StringComparer.Ordinal)];
            foreach (string[] row in ranked.Skip(1))
                row[column] = Array.IndexOf(levels, row[column]).ToString(CultureInfo.InvariantCulture);
        }

        return ranked;
    }

    private static double Number(string text) => text == "" ? 0 : double.Parse(text, CultureInfo.InvariantCulture);

    private static object Value(string text) => double.TryParse(text, CultureInfo.InvariantCulture, out double number) ? number : text;

    private static Task WriteAsync<T>(string file, IEnumerable<T> rows) => File.WriteAllTextAsync(file, JsonSerializer.Serialize(new { features = rows }));

    private static async Task ToolAsync(string program, params string[] arguments)
    {
        if (!await TryToolAsync(program, arguments))
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} failed");
    }

    private static async Task<bool> TryToolAsync(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            Console.Error.WriteLine(output);
        return process.ExitCode == 0;
    }
}
