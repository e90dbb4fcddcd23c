using System.Globalization;
using MlOps.Domain.Serving.Log;

namespace MlOps.Domain.Monitoring;

/// <summary>What a report says of how much of the traffic it saw.</summary>
internal static class SampledRows
{
    /// <summary>"512 predictions", or of a sample also how many it stands for.</summary>
    public static string Told(long rows, double share, long predictions) => share >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{rows:N0} predictions")
        : string.Create(CultureInfo.InvariantCulture, $"{rows:N0} logged predictions (a sample of {100 * share:0.##} % of about {predictions:N0})");

    /// <summary>The report with the sample's share and size, where not all was logged.</summary>
    public static MonitorReport Of(MonitorReport report, double share, long predictions) => share >= 1
        ? report
        : report with { Sample = share, Predictions = predictions };

    /// <summary>Why there are so few rows, if that is by the log's policy; else empty.</summary>
    public static string Why(LogPolicy policy) => policy switch
    {
        { Off: true } or { Sample: 0 } => "; the prediction log is off",
        { Sample: < 1 } => string.Create(CultureInfo.InvariantCulture, $"; the prediction log takes {100 * policy.Sample:0.##} % of the requests"),
        _ => "",
    };
}
