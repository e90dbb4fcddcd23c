using MlOps.Domain.Registry;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Serving.Models;

/// <summary>A model that is loaded or being loaded. Equal models are one, however many versions they are registered as.</summary>
/// <param name="load">Begun by whoever asks first, outside of the lock.</param>
internal sealed class ModelSlot(string digest, Lazy<Task<IModel>> load)
{
    private const int MaxNames = 64;

    private ModelVersion[] _versions = [];

    public string Digest => digest;

    public Lazy<Task<IModel>> Load => load;

    /// <summary>The versions it was asked for as.</summary>
    public IReadOnlyList<ModelVersion> Versions => _versions;

    /// <summary>What it holds; while it is being loaded, what was set aside for that.</summary>
    public long Bytes { get; set; }

    /// <summary>A probe had it loaded, nobody has used it yet.</summary>
    public bool IsPlaced { get; set; }

    /// <summary>Null while it is being loaded.</summary>
    public DateTimeOffset? LoadedAt { get; set; }

    /// <summary>What it holds is counted with what explanations keep.</summary>
    public bool IsExplained { get; set; }

    /// <summary>Somebody used it since it was last looked at.</summary>
    public bool IsUsed { get; set; } = true;

    /// <summary>When it was last seen to have been used.</summary>
    public DateTimeOffset IdleSince { get; set; }

    /// <summary>Until then it counts as one with traffic.</summary>
    public DateTimeOffset KeptUntil { get; set; }

    public bool Holds(IModel model) => LoadedAt is not null && load.Value is { IsCompletedSuccessfully: true } loaded && ReferenceEquals(loaded.Result, model);

    public void Name(ModelVersion version)
    {
        // A file may be registered again and again: of so many names the oldest goes, and comes back when it is asked for.
        if (!Knows(version))
            _versions = [.. _versions.TakeLast(MaxNames - 1), version];
    }

    /// <summary>Whether it was asked for as this version.</summary>
    public bool Knows(ModelVersion version)
    {
        foreach (ModelVersion known in _versions)
        {
            if (ReferenceEquals(known, version) || (known.Version == version.Version && known.Model == version.Model))
                return true;
        }

        return false;
    }
}
