using System.Numerics;

namespace MlOps.Learning.Trainers.Boosting;

/// <summary>Where each feature's bins lie: Count bins of values, then the bin of missing ones.</summary>
internal sealed class HistogramLayout
{
    public HistogramLayout(FeatureBins[] features)
    {
        Offsets = new int[features.Length];
        int most = 2;
        foreach ((int f, FeatureBins bins) in features.Index())
        {
            Offsets[f] = Slots;
            Slots += Even(bins.Count + 1);
            most = Math.Max(most, bins.Count + 1);
        }

        Run = (int)BitOperations.RoundUpToPowerOf2((uint)most);
    }

    /// <summary>In a node's histogram: the first slot of each feature, an even number.</summary>
    public int[] Offsets { get; }

    /// <summary>Of a node's histogram.</summary>
    public int Slots { get; }

    /// <summary>Slots of each column in the block that rows are summed in: alike for all, so that no offset need be looked up.</summary>
    public int Run { get; }

    /// <summary>Slots that a feature takes in a node's histogram.</summary>
    public static int Even(int slots) => (slots + 1) & ~1;
}
