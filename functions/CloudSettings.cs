using System.Globalization;
using Microsoft.Extensions.Configuration;
using MlOps.Domain.Access;
using MlOps.Domain.Training;

namespace MlOps.Functions;

/// <summary>The app's own settings, below <c>MlOps__</c>. None is a secret.</summary>
internal sealed record CloudSettings
{
    private const double MemoryShare = 0.75;

    /// <summary>The token that comes before all others; see docs/security.md. Default none: then somebody must put one into the tables.</summary>
    public SetupToken? SetupToken { get; init; }

    /// <summary>Days that workflow instances are kept after they began, 1 to 3,650; pipeline runs are listed as long. Default 90.</summary>
    public int KeepInstancesDays { get; init; } = 90;

    /// <summary>What an instance of the plan has, 128 to 65,536 MB. Default: what this machine lets the process have.</summary>
    public int? InstanceMemoryMb { get; init; }

    /// <summary>MiB that the models in an instance's memory may hold together, 1 to 65,536. Default: a quarter of the instance's memory.</summary>
    public int? ModelMemoryMb { get; init; }

    /// <summary>See <see cref="Api.ApiOptions.DefaultModel"/>.</summary>
    public string? DefaultModel { get; init; }

    /// <summary>
    /// The Functions host runs beside this process in the instance's memory, and one activity at a time (host.json). It ends an activity
    /// after its <c>functionTimeout</c> of 30 minutes.
    /// </summary>
    public TrainingLimits Training => new()
    {
        Memory = (long)(MemoryShare * (InstanceMemoryMb is { } mb ? (long)mb << 20 : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes)),
        Time = TimeSpan.FromMinutes(25),
        Advice = "raise mlops:instanceMemoryMb (4096 is the most), or train on a larger machine and import the model",
    };

    /// <exception cref="MlOpsException">Invalid <c>setting</c> or <c>setup-token</c>.</exception>
    public static CloudSettings Read(IConfiguration configuration)
    {
        IConfigurationSection section = configuration.GetSection("MlOps");
        return new()
        {
            SetupToken = SetupToken.Read(section["SetupTokenHash"]),
            KeepInstancesDays = Number(section, "KeepInstancesDays", 1, 3650) ?? 90,
            InstanceMemoryMb = Number(section, "InstanceMemoryMb", 128, 65_536),
            ModelMemoryMb = Number(section, "ModelMemoryMb", 1, 65_536) ?? Number(section, "InstanceMemoryMb", 128, 65_536) / 4,
            DefaultModel = section["DefaultModel"] is { Length: > 0 } model ? model : null,
        };
    }

    private static int? Number(IConfigurationSection section, string name, int min, int max)
    {
        if (section[name] is not { Length: > 0 } text)
            return null;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value >= min && value <= max
            ? value
            : throw MlOpsException.Invalid("setting", $"the setting MlOps__{name} is '{text}', expected a whole number from {min} to {max}");
    }
}
