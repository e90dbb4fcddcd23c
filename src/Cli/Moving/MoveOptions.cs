using System.CommandLine;
using MlOps.Cli.Api;
using MlOps.Cli.Commands;
using MlOps.Cli.Output;

namespace MlOps.Cli.Moving;

/// <summary>What `mlops import mlflow` and `mlops export mlflow` have in common.</summary>
internal static class MoveOptions
{
    public static readonly Option<string?> TrackingUri = new("--tracking-uri") { Description = "A server that speaks MLflow's API, 2.0 or later: http://host:5000." };

    public static readonly Option<string?> TrackingToken = new("--tracking-token")
    {
        Description = "Its token (default: MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or user:password@ in the address).",
    };

    public static readonly Option<string[]> Experiments = new("--experiments") { Description = "Only these, by name or id; and no registered models but --models.", AllowMultipleArgumentsPerToken = true };

    public static readonly Option<string[]> Models = new("--models")
    {
        Description = "Only these registered models, with the runs and logged models that their versions are of.",
        AllowMultipleArgumentsPerToken = true,
    };

    public static readonly Option<int> Parallel = new("--parallel") { Description = "Runs copied at the same time (8).", DefaultValueFactory = _ => 8, CustomParser = OptionValue.Number<int>("1 to 64", n => n is >= 1 and <= 64) };

    public static readonly Option<bool> DryRun = new("--dry-run") { Description = "Say what would be copied, and change nothing." };

    public const string WhenStopped = "what was copied stays: run it again to go on, nothing is copied twice";

    /// <summary>Our own server by MLflow's API.</summary>
    public static MlflowRest Own(this ApiClient api) => new(api.Http, "MlOps");

    public static MlflowRest Theirs(HttpClient http) => new(http, http.BaseAddress!.GetLeftPart(UriPartial.Path).TrimEnd('/'));

    public static MovePlan Plan(this ParseResult parsed) => new(parsed.GetValue(Experiments) ?? [], parsed.GetValue(Models) ?? [], parsed.GetValue(Parallel), parsed.GetValue(DryRun));

    public static int Show(this CommandOutput output, MoveReport report)
    {
        output.Show(report, MoveViews.Write);
        return report.Problems.Count > 0 ? ExitCodes.Failed : ExitCodes.Done;
    }
}
