using System.Diagnostics;
using System.Text.Json;

namespace MlOps.Bench.Learning;

/// <summary>What a peer reached: its metric on each fold of each division, and the CPU seconds of its fits.</summary>
internal sealed record PeerScores(string Family, string Peer, double Cpu, double[] Scores);

/// <summary>Runs peers/families.py with the Python that has scikit-learn.</summary>
internal static class FamilyPeers
{
    private static readonly string Script = Path.Combine(AppContext.BaseDirectory, "peers", "families.py");

    public static void Prepare(string data, string into, int repeats) => Run("prepare", data, into, $"{repeats}");

    /// <param name="family">Empty: all.</param>
    public static PeerScores[] Of(FamilyData data, string folder, string family) => JsonSerializer.Deserialize<PeerScores[]>(
        Run("run", folder, data.Name, data.Target, data.Task.ToString().ToLowerInvariant(), family), JsonSerializerOptions.Web)!;

    private static string Run(params string[] arguments)
    {
        // Debian's own, since the first on the path may be an environment without its packages.
        string python = File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3";
        using Process process = Process.Start(new ProcessStartInfo(python, [Script, .. arguments]) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{python} {Script} failed with {process.ExitCode}; it needs Debian's python3-sklearn, python3-xgboost and python3-pandas");
    }
}
