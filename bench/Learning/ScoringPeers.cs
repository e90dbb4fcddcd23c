using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace MlOps.Bench.Learning;

/// <summary>What a process used for the work itself, after a first round that warms it: the best round, CPU of all its threads.</summary>
internal sealed record WorkTime(double Cpu, double Wall, double[] Sample);

/// <summary>Runs the same work in a process of ours and in one of XGBoost.</summary>
internal static class ScoringPeers
{
    public static WorkTime Ours(string work, ScoringCase given, int threads) =>
        Run(new ProcessStartInfo(Environment.ProcessPath!, ["learning", "scoring-child", work, given.Model, given.RowsFile])
        {
            Environment = { ["DOTNET_PROCESSOR_COUNT"] = threads.ToString(CultureInfo.InvariantCulture), ["DOTNET_TieredPGO"] = "1" },
        });

    public static WorkTime Xgboost(string work, ScoringCase given, int threads) =>
        Run(new ProcessStartInfo(
            File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3",
            [Path.Combine(AppContext.BaseDirectory, "peers", "scoring.py"), work, given.Xgboost, given.RowsFile, $"{ScoringCase.Inputs}", $"{threads}"]));

    private static WorkTime Run(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = true;
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? JsonSerializer.Deserialize<WorkTime>(output, JsonSerializerOptions.Web)!
            : throw new InvalidOperationException($"{start.FileName} failed with {process.ExitCode}; the peer needs Debian's python3-xgboost");
    }
}
