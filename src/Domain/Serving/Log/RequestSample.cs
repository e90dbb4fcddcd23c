namespace MlOps.Domain.Serving.Log;

/// <summary>
/// Which requests are in a sample, by a hash of their id: every process decides alike, all rows of a request go together, and the sample of
/// a smaller share lies within that of a larger one, so that a window logged at several shares is thinned to the smallest one afterwards.
/// </summary>
public static class RequestSample
{
    /// <summary>Another hash than those of buckets and of units: what is sampled must not depend on the version.</summary>
    private const string Salt = "prediction-log";

    private const double Unit = 1.0 / (1UL << 53);

    /// <param name="share">0 to 1.</param>
    public static bool Takes(double share, string requestId) => share >= 1 || (StickyBucket.Hash(Salt, requestId) >> 11) * Unit < share;
}
