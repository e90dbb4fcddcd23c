using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace MlOps.Domain;

/// <summary>
/// The meter and the source of spans that every slice's instruments hang on; hosts export both by <see cref="Name"/>. All names stand
/// in docs/telemetry.md, which a test holds against the code. Without a listener an instrument costs nanoseconds.
/// </summary>
public static class Telemetry
{
    public const string Name = "MlOps";

    internal static readonly Meter Meter = new(Name);

    internal static readonly ActivitySource Spans = new(Name);
}
