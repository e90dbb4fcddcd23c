using System.Diagnostics;
using System.Globalization;

namespace MlOps.Bench.Serving;

/// <summary>A server in a process of its own on the first core, and what it has used so far.</summary>
internal sealed class ServerProcess : IDisposable
{
    private const string Core = "0";

    // What sysconf(_SC_CLK_TCK) says on every Linux in use.
    private const double TicksASecond = 100;

    private readonly Process _process;

    private ServerProcess(Process process) => _process = process;

    /// <summary>Starts it and waits until a POST of the body is answered.</summary>
    public static async Task<ServerProcess> StartAsync(ServerCommand command, string bodyFile)
    {
        var start = new ProcessStartInfo("taskset") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (string[])["-c", Core, .. command.Line])
            start.ArgumentList.Add(argument);
        foreach ((string name, string value) in command.Environment)
            start.Environment[name] = value;
        if (command.Folder is { } folder)
            start.WorkingDirectory = folder;
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        var server = new ServerProcess(process);
        await server.AnsweredAsync(command, bodyFile, errors);
        return server;
    }

    /// <summary>User and system time of the process since its start.</summary>
    public double CpuSeconds()
    {
        string stat = File.ReadAllText($"/proc/{_process.Id}/stat");
        // The name in brackets may contain blanks; what follows it is fixed: field 3 is the first here.
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (double.Parse(fields[11], CultureInfo.InvariantCulture) + double.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksASecond;
    }

    public double ResidentMegabytes() => StatusMegabytes("VmRSS:");

    /// <summary>Of what is resident: heaps and stacks, without pages of files and without compiled code, which is mapped twice.</summary>
    public double PrivateMegabytes() => StatusMegabytes("RssAnon:");

    /// <summary>Asks it to end, and waits until it has.</summary>
    public async Task StopAsync()
    {
        using Process term = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await term.WaitForExitAsync();
        await _process.WaitForExitAsync();
    }

    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }

    private double StatusMegabytes(string name)
    {
        string line = File.ReadLines($"/proc/{_process.Id}/status").First(l => l.StartsWith(name, StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }

    private async Task AnsweredAsync(ServerCommand command, string bodyFile, Task<string> errors)
    {
        using var http = new HttpClient();
        byte[] body = await File.ReadAllBytesAsync(bodyFile);
        var patience = Stopwatch.StartNew();
        while (!await TryAsync(http, command.Url, body))
        {
            if (_process.HasExited)
                throw new InvalidOperationException($"{string.Join(' ', command.Line)} ended: {await errors}");
            if (patience.Elapsed > TimeSpan.FromMinutes(2))
                throw new TimeoutException($"{string.Join(' ', command.Line)} does not answer");
            await Task.Delay(20);
        }
    }

    private static async Task<bool> TryAsync(HttpClient http, string url, byte[] body)
    {
        try
        {
            using var content = new ByteArrayContent(body);
            content.Headers.ContentType = new("application/json");
            using HttpResponseMessage answer = await http.PostAsync(url, content);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}

/// <param name="Line">Program and arguments.</param>
/// <param name="Url">Where predictions are asked for.</param>
internal sealed record ServerCommand(string Name, IReadOnlyList<string> Line, string Url, string? Folder = null)
{
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();
}
