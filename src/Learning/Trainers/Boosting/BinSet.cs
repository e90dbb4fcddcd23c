using System.Runtime.CompilerServices;

namespace MlOps.Learning.Trainers.Boosting;

/// <summary>A set of histogram bins.</summary>
[InlineArray(4)]
internal struct BinSet
{
    private ulong _words;

    public readonly bool Contains(int bin) => ((this[bin >> 6] >> bin) & 1) != 0;

    public void Add(int bin) => this[bin >> 6] |= 1UL << bin;
}
