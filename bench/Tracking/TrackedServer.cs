using System.Diagnostics;
using System.Globalization;

namespace MlOps.Bench.Tracking;

/// <summary>A server in processes of its own, and what all of them together have used.</summary>
internal sealed class TrackedServer : IDisposable
{
    // What sysconf(_SC_CLK_TCK) says on every Linux in use.
    private const double TicksASecond = 100;

    private readonly Process _process;
    private readonly Stopwatch _since = Stopwatch.StartNew();
    private readonly Task<string> _errors;

    private TrackedServer(Process process, string url)
    {
        (_process, Url) = (process, url);
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        _errors = process.StandardError.ReadToEndAsync();
    }

    public string Url { get; }

    public static TrackedServer Start(string[] line, string url) =>
        new(Process.Start(new ProcessStartInfo(line[0], line[1..]) { RedirectStandardOutput = true, RedirectStandardError = true })!, url);

    /// <summary>Waits until the experiments are listed.</summary>
    /// <returns>Time since the start.</returns>
    public async Task<TimeSpan> AnsweredAsync(TrackingClient client)
    {
        while (!await client.IsThereAsync())
        {
            if (_process.HasExited)
                throw new InvalidOperationException($"the server ended: {await _errors}");
            if (_since.Elapsed > TimeSpan.FromMinutes(2))
                throw new TimeoutException($"no answer from {Url}");
            await Task.Delay(5);
        }

        return _since.Elapsed;
    }

    /// <summary>User and system time since the start.</summary>
    public double CpuSeconds() => Tree().Sum(p => p.Ticks) / TicksASecond;

    public double ResidentMegabytes() => Tree().Sum(p => Kilobytes(p.Id, "VmRSS:")) / 1024;

    /// <summary>The most that was ever resident.</summary>
    public double PeakMegabytes() => Tree().Sum(p => Kilobytes(p.Id, "VmHWM:")) / 1024;

    /// <summary>With SIGKILL.</summary>
    public void Kill()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
    }

    public void Dispose()
    {
        Kill();
        _process.Dispose();
    }

    /// <summary>The process and what it started.</summary>
    private List<Stat> Tree()
    {
        Stat[] all = [.. Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).Where(n => int.TryParse(n, out _)).Select(n => Read(n!)).OfType<Stat>()];
        List<Stat> tree = [.. all.Where(p => p.Id == _process.Id)];
        for (int i = 0; i < tree.Count; i++)
            tree.AddRange(all.Where(p => p.Parent == tree[i].Id));
        return tree;
    }

    private static Stat? Read(string id)
    {
        try
        {
            string stat = File.ReadAllText($"/proc/{id}/stat");
            // The name in brackets may contain blanks; what follows it is fixed: field 3 is the first here.
            string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return new Stat(Int(id), Int(fields[1]), Int(fields[11]) + Int(fields[12]));
        }
        catch (IOException)
        {
            // It has ended meanwhile.
            return null;
        }
    }

    private static double Kilobytes(int id, string field) =>
        File.ReadLines($"/proc/{id}/status").FirstOrDefault(l => l.StartsWith(field, StringComparison.Ordinal)) is { } line ? Int(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) : 0;

    private static int Int(string text) => int.Parse(text.Trim(), CultureInfo.InvariantCulture);

    private sealed record Stat(int Id, int Parent, int Ticks);
}
