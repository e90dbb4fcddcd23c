namespace MlOps.Domain.Serving.Models;

/// <summary>The models that this process has in memory, the one used last first.</summary>
/// <param name="Budget">Bytes that they may hold together.</param>
/// <param name="Bytes">What they hold, with what is set aside for those being loaded.</param>
public sealed record ModelMemory(long Budget, long Bytes, IReadOnlyList<LoadedModel> Models)
{
    /// <summary>The part of its memory that a process gives to models unless told otherwise: the rest is for requests, logs and trainings.</summary>
    private const double Share = 0.25;

    /// <summary>How long a model stays in memory that nobody uses and no endpoint's traffic names, unless told otherwise.</summary>
    public static TimeSpan DefaultIdle => TimeSpan.FromMinutes(15);

    /// <summary>A quarter of what the machine or its container lets this process have; at least 64 MiB.</summary>
    public static long DefaultBudget => Math.Max(64L << 20, (long)(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes * Share));
}

/// <summary>A model in memory.</summary>
/// <param name="Digest">Of its file.</param>
/// <param name="Versions">The versions it was asked for as, such as <c>churn/3</c>.</param>
/// <param name="Bytes">What it holds, or what is set aside for its load.</param>
/// <param name="HasTraffic">Whether one of them has traffic now, is tried unseen or is kept warm: such models go last.</param>
/// <param name="LoadedAt">Null while it is being loaded.</param>
public sealed record LoadedModel(string Digest, IReadOnlyList<string> Versions, long Bytes, bool HasTraffic, DateTimeOffset? LoadedAt);
