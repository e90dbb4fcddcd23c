using System.Text.Json;

namespace MlOps.Bench.Learning;

/// <summary>What a process that read, trained and saved says of itself, before it goes on to judge its model.</summary>
/// <param name="Cpu">User and system seconds since the process began.</param>
/// <param name="Wall">Seconds since the process began.</param>
/// <param name="FitCpu">Of these, those from the read table to the model.</param>
/// <param name="PeakMegabytes">Most resident memory.</param>
/// <param name="Score">The case's metric on the test rows.</param>
internal sealed record TrainResult(string Name, double Cpu, double Wall, double FitCpu, double FitWall, double PeakMegabytes, double Score)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public string Write() => JsonSerializer.Serialize(this, Json);

    public static TrainResult Read(string json) => JsonSerializer.Deserialize<TrainResult>(json, Json)!;
}
