using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using MlOps.Domain.Pipelines;
using MlOps.Embedded;
using MlOps.Embedded.Workflows;

namespace MlOps.CrashHost;

/// <summary>A small pipeline and its data.</summary>
public static class PipelineLoad
{
    public const string Model = "shop";

    public const string Yaml = """
        name: shop
        dataset: shop
        task: binary
        target: bought
        trainer: { use: gbdt, parameters: { trees: 3, depth: 2 } }
        gates:
          absolute: [{ metric: auc, atLeast: 0.6 }]
          champion: [{ metric: auc }]
        rollout: { strategy: direct }
        monitoring:
          drift: { every: 1h }

        """;

    private const int Rows = 200;

    /// <summary>The same each time, so that a restarted process finds the run it began.</summary>
    public static PipelineTrigger Trigger { get; } = new(TriggerReason.Manual, "test", Cause: "crash");

    public static Task<EmbeddedPlatform> OpenAsync(string directory, JournaledEngineOptions? engine) => EmbeddedPlatform.OpenAsync(
        Path.Combine(directory, "mlops.db"), Path.Combine(directory, "blobs"), TimeProvider.System, NullLoggerFactory.Instance, engine, default);

    /// <summary>Rows in which <c>bought</c> can be learned from the others.</summary>
    /// <param name="shift">Added to every income.</param>
    public static string Csv(int shift = 0)
    {
        var csv = new StringBuilder("income,visits,bought\n");
        for (int i = 0; i < Rows; i++)
        {
            int income = (i * 37 % 101) + shift, visits = i * 11 % 17;
            csv.Append(CultureInfo.InvariantCulture, $"{income},{visits},{(income + (visits * 3) + (i * 53 % 29) > 85 ? "Yes" : "No")}\n");
        }

        return csv.ToString();
    }
}
