using System.Numerics;

namespace MlOps.Domain.Serving.Units;

/// <summary>
/// Distinct units and the version each met first, and in which period of constant shares, thinned by their hashes: those below a bound, which is halved when they are too many (adaptive sampling;
/// Flajolet 1990). A unit is in or out by its hash alone, however often it asks and whatever its version, so the sample shows the shares of the versions
/// among units; up to k units it is complete. Of one bound the samples of all times lie within each other: as units come, none is dropped.
/// Samples of several processes merge into that of all of them. Not thread-safe.
/// </summary>
public sealed class UnitSample
{
    /// <summary>Most units kept: the share of a half is known to 1 % then, and the row stays below a property's 64 KiB.</summary>
    public const int Kept = 4_096;

    private readonly Dictionary<ulong, (int Version, int Period)> _units = [];

    /// <summary>Below it the sample is complete.</summary>
    public ulong Bound { get; private set; } = ulong.MaxValue;

    public int Count => _units.Count;

    /// <summary>How often the bound was halved.</summary>
    public int Halvings => BitOperations.LeadingZeroCount(Bound);

    /// <summary>False when the sample stays as it is: of a unit the first period counts, and in it what came first.</summary>
    /// <param name="period">How many changes of the shares came before, from 0.</param>
    public bool Add(ulong hash, int version, int period = 0)
    {
        if (hash >= Bound || (_units.TryGetValue(hash, out (int Version, int Period) known) && known.Period <= period))
            return false;
        _units[hash] = (version, period);
        if (_units.Count >= 2 * Kept)
            Cut();
        return true;
    }

    public IReadOnlyDictionary<int, long> ByVersion() => _units.Values.CountBy(u => u.Version).ToDictionary(p => p.Key, p => (long)p.Value);

    /// <summary>Units by the period in which they were first met, and the version.</summary>
    public IReadOnlyDictionary<(int Period, int Version), long> ByPeriod() => _units.Values.CountBy(u => (u.Period, u.Version)).ToDictionary(p => p.Key, p => (long)p.Value);

    public static UnitSample Merge(IEnumerable<UnitSample> samples)
    {
        UnitSample[] all = [.. samples];
        var merged = new UnitSample();
        if (all.Length > 0)
            merged.Bound = all.Min(s => s.Bound);
        foreach (UnitSample sample in all)
        {
            foreach ((ulong hash, (int version, int period)) in sample._units)
                merged.Add(hash, version, period);
        }

        return merged;
    }

    /// <summary>The bound, then hash and version of each unit; and, unless all are of the first one, the period of each in the same order.</summary>
    public (byte[] Units, byte[]? Periods) ToBytes()
    {
        if (_units.Count > Kept)
            Cut();
        MemoryStream units = new((_units.Count * 9) + 8), periods = new(_units.Count);
        using BinaryWriter writer = new(units), times = new(periods);
        writer.Write(Bound);
        bool moved = false;
        foreach ((ulong hash, (int version, int period)) in _units)
        {
            writer.Write(hash);
            writer.Write7BitEncodedInt(version);
            times.Write7BitEncodedInt(period);
            moved |= period > 0;
        }

        return (units.ToArray(), moved ? periods.ToArray() : null);
    }

    public static UnitSample FromBytes(byte[] units, byte[]? periods = null)
    {
        using var reader = new BinaryReader(new MemoryStream(units));
        using var times = new BinaryReader(new MemoryStream(periods ?? []));
        var sample = new UnitSample { Bound = reader.ReadUInt64() };
        while (reader.BaseStream.Position < units.Length)
            sample._units[reader.ReadUInt64()] = (reader.Read7BitEncodedInt(), periods is null ? 0 : times.Read7BitEncodedInt());
        return sample;
    }

    private void Cut()
    {
        while (_units.Count > Kept)
        {
            Bound >>= 1;
            foreach (ulong hash in _units.Keys.Where(h => h >= Bound).ToList())
                _units.Remove(hash);
        }
    }
}
