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

    /// <summary>Bytes that an instance of the plan has (<c>InstanceMemoryMb</c>, 128 to 65,536). Default: what this machine lets the process have.</summary>
    public required long InstanceMemory { get; init; }

    /// <summary>Bytes that the models in an instance's memory may hold together (<c>ModelMemoryMb</c>, 1 to 65,536). Default: a quarter of the instance's.</summary>
    public required long ModelMemory { get; init; }

    /// <summary>See <see cref="Api.ApiOptions.DefaultModel"/>.</summary>
    public string? DefaultModel { get; init; }

    /// <summary>
    /// The Functions host runs beside this process in the instance's memory, and one activity at a time (host.json): what models may not
    /// hold of this process's share is a training's. The host ends an activity after its <c>functionTimeout</c> of 30 minutes.
    /// </summary>
    public TrainingLimits Training => new()
    {
        Memory = Math.Max(0, (long)(MemoryShare * InstanceMemory) - ModelMemory),
        Time = TimeSpan.FromMinutes(25),
        Advice = "raise mlops:instanceMemoryMb (4096 is the most), lower MlOps__ModelMemoryMb, or train on a larger machine and import the model",
    };

    /// <exception cref="MlOpsException">Invalid <c>setting</c> or <c>setup-token</c>.</exception>
    public static CloudSettings Read(IConfiguration configuration)
    {
        IConfigurationSection section = configuration.GetSection("MlOps");
        long memory = Mebibytes(section, "InstanceMemoryMb", 128) ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        return new()
        {
            SetupToken = SetupToken.Read(section["SetupTokenHash"]),
            KeepInstancesDays = Number(section, "KeepInstancesDays", 1, 3650) ?? 90,
            InstanceMemory = memory,
            ModelMemory = Mebibytes(section, "ModelMemoryMb", 1) ?? memory / 4,
            DefaultModel = section["DefaultModel"] is { Length: > 0 } model ? model : null,
        };
    }

    private static long? Mebibytes(IConfigurationSection section, string name, int min) => (long?)Number(section, name, min, 65_536) << 20;

    private static int? Number(IConfigurationSection section, string name, int min, int max)
    {
        if (section[name] is not { Length: > 0 } text)
            return null;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value >= min && value <= max
            ? value
            : throw MlOpsException.Invalid("setting", $"the setting MlOps__{name} is '{text}', expected a whole number from {min} to {max}");
    }
}
