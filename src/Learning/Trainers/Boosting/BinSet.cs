using System.Runtime.CompilerServices;

namespace MlOps.Learning.Trainers.Boosting;

/// <summary>A set of histogram bins.</summary>
[InlineArray(4)]
internal struct BinSet
{
    private ulong _words;

    /// <summary>All bins from 0 to this one.</summary>
    public static BinSet UpTo(int last)
    {
        BinSet set = default;
        for (int word = 0; word <= last >> 6; word++)
            set[word] = word < last >> 6 ? ulong.MaxValue : ulong.MaxValue >> (63 - (last & 63));
        return set;
    }

    public readonly bool Contains(int bin) => ((this[bin >> 6] >> bin) & 1) != 0;

    public void Add(int bin) => this[bin >> 6] |= 1UL << bin;
}
