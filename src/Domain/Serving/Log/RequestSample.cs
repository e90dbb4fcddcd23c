using MlOps.Domain.Serving.Units;

namespace MlOps.Domain.Serving.Log;

/// <summary>
/// Which requests are in a sample, by the server's number of each (<see cref="RequestDraws"/>), which the log keeps, or else by a hash of their id: every process decides alike, all rows of a request go together, and the sample of
/// a smaller share lies within that of a larger one, so that a window logged at several shares is thinned to the smallest one afterwards.
/// </summary>
public static class RequestSample
{
    /// <summary>Another hash than those of buckets and of units: what is sampled must not depend on the version.</summary>
    private const string Salt = "prediction-log";

    private const double Unit = 1.0 / (1UL << 53);

    /// <param name="share">0 to 1.</param>
    /// <param name="draw">The server's number of the request; 0 where there is none.</param>
    public static bool Takes(double share, string requestId, ulong draw = 0) =>
        share >= 1 || ((draw == 0 ? StickyBucket.Hash(Salt, requestId) : RequestDraws.For(draw, RequestDraws.Log)) >> 11) * Unit < share;
}
