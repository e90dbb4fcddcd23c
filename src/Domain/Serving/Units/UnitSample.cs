using System.Numerics;

namespace MlOps.Domain.Serving.Units;

/// <summary>
/// Distinct units and the version each met, thinned by their hashes: those below a bound, which is halved when they are too many (adaptive sampling;
/// Flajolet 1990). A unit is in or out by its hash alone, however often it asks and whatever its version, so the sample shows the shares of the versions
/// among units; up to k units it is complete. Of one bound the samples of all times lie within each other: as units come, none is dropped.
/// Samples of several processes merge into that of all of them. Not thread-safe.
/// </summary>
public sealed class UnitSample
{
    /// <summary>Most units kept: the share of a half is known to 1 % then, and the row stays below a property's 64 KiB.</summary>
    public const int Kept = 4_096;

    private readonly Dictionary<ulong, int> _versions = [];

    /// <summary>Below it the sample is complete.</summary>
    public ulong Bound { get; private set; } = ulong.MaxValue;

    public int Count => _versions.Count;

    /// <summary>How often the bound was halved.</summary>
    public int Halvings => BitOperations.LeadingZeroCount(Bound);

    /// <summary>False when the sample stays as it is.</summary>
    public bool Add(ulong hash, int version)
    {
        if (hash >= Bound || !_versions.TryAdd(hash, version))
            return false;
        if (_versions.Count >= 2 * Kept)
            Cut();
        return true;
    }

    public IReadOnlyDictionary<int, long> ByVersion() => _versions.Values.CountBy(v => v).ToDictionary(p => p.Key, p => (long)p.Value);

    public static UnitSample Merge(IEnumerable<UnitSample> samples)
    {
        UnitSample[] all = [.. samples];
        var merged = new UnitSample();
        if (all.Length > 0)
            merged.Bound = all.Min(s => s.Bound);
        foreach (UnitSample sample in all)
        {
            foreach ((ulong hash, int version) in sample._versions)
                merged.Add(hash, version);
        }

        return merged;
    }

    /// <summary>The bound, then hash and version of each unit.</summary>
    public byte[] ToBytes()
    {
        if (_versions.Count > Kept)
            Cut();
        var bytes = new MemoryStream((_versions.Count * 9) + 8);
        using var writer = new BinaryWriter(bytes);
        writer.Write(Bound);
        foreach ((ulong hash, int version) in _versions)
        {
            writer.Write(hash);
            writer.Write7BitEncodedInt(version);
        }

        return bytes.ToArray();
    }

    public static UnitSample FromBytes(byte[] bytes)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes));
        var sample = new UnitSample { Bound = reader.ReadUInt64() };
        while (reader.BaseStream.Position < bytes.Length)
            sample._versions[reader.ReadUInt64()] = reader.Read7BitEncodedInt();
        return sample;
    }

    private void Cut()
    {
        while (_versions.Count > Kept)
        {
            Bound >>= 1;
            foreach (ulong hash in _versions.Keys.Where(h => h >= Bound).ToList())
                _versions.Remove(hash);
        }
    }
}
