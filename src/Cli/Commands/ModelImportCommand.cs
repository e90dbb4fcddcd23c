using System.CommandLine;
using MlOps.Cli.Api;
using MlOps.Cli.Files;
using MlOps.Cli.Output;
using MlOps.Domain.Registry;
using Spectre.Console;

namespace MlOps.Cli.Commands;

/// <summary>`mlops model import FILE --name NAME`: register a model that another library trained.</summary>
internal static class ModelImportCommand
{
    private static readonly Argument<string> File = new("file") { Description = "XGBoost .json or .ubj, LightGBM .txt, CatBoost .json, ONNX, or a model file of MlOps." };
    private static readonly Option<string> Name = new("--name") { Description = "The registered model it becomes a version of.", Required = true };
    private static readonly Option<string?> Target = new("--target") { Description = "The column it predicts (default: target)." };
    private static readonly Option<string?> Features = new("--features") { Description = "Names of its inputs in their order, separated by commas (default: those of the file)." };
    private static readonly Option<string?> Classes = new("--classes") { Description = "Names of its classes in their order, separated by commas (default: 0,1,...)." };
    private static readonly Option<Dictionary<string, string>> Levels = KeyValue.Option("--levels", "Levels of a category in the order of its codes: plan=basic,plus,pro.");
    private static readonly Option<int?> Rounds = new("--rounds") { Description = "Boosting rounds to keep, where training stopped early (default: all).", CustomParser = OptionValue.OptionalNumber<int>("a whole number from 1", n => n > 0) };
    private static readonly Option<string?> EvaluateOn = new("--evaluate-on") { Description = "Data set version to evaluate it on: NAME[@VERSION]." };
    private static readonly Option<string?> TrainedOn = new("--trained-on") { Description = "Data set version it was trained on, for lineage and drift: NAME[@VERSION]." };
    private static readonly Option<string?> Description = new("--description") { Description = "For people." };

    public static Command Create() => ApiCommand.Create(
        "import", "Register a model that another library trained (docs/importing.md).",
        [File, Name, Target, Features, Classes, Levels, Rounds, EvaluateOn, TrainedOn, Description], RunAsync,
        mayMakeDirectory: true, whenStopped: "the version was registered whole or not at all: run it again, the same file never makes two versions");

    private static async Task<int> RunAsync(ParseResult parsed, ApiClient api, CommandOutput output, CancellationToken cancellationToken)
    {
        await using FileStream file = TableFile.Open(parsed.GetRequiredValue(File));
        string query = string.Join('&', Query(parsed).Where(q => q.Value is not null).Select(q => $"{Uri.EscapeDataString(q.Key)}={Uri.EscapeDataString(q.Value!)}"));
        ImportedVersion imported = await api.SendAsync<ImportedVersion>(
            HttpMethod.Post, $"api/v1/models/{ApiCommand.Segment(parsed.GetRequiredValue(Name))}/versions?{query}", new StreamContent(file), cancellationToken);
        output.Show(imported, Write);
        return ExitCodes.Done;
    }

    private static IEnumerable<KeyValuePair<string, string?>> Query(ParseResult parsed) =>
    [
        new("file", Path.GetFileName(parsed.GetRequiredValue(File))),
        new("target", parsed.GetValue(Target)),
        new("features", parsed.GetValue(Features)),
        new("classes", parsed.GetValue(Classes)),
        new("rounds", parsed.GetValue(Rounds)?.ToString(System.Globalization.CultureInfo.InvariantCulture)),
        new("evaluateOn", parsed.GetValue(EvaluateOn)),
        new("trainedOn", parsed.GetValue(TrainedOn)),
        new("description", parsed.GetValue(Description)),
        .. parsed.GetRequiredValue(Levels).Select(l => new KeyValuePair<string, string?>($"levels.{l.Key}", l.Value)),
    ];

    private static void Write(IAnsiConsole console, ImportedVersion imported)
    {
        console.WriteLine($"{imported.Version.Name} registered from {imported.Format} ({imported.Producer}): {imported.Version.Signature.Inputs.Count} inputs, predicts {imported.Version.Signature.Target}");
        if (imported.Version.Metrics.Count > 0)
            console.WriteLine(ModelViews.Metrics(imported.Version.Metrics));
        foreach (string note in imported.Notes)
            console.WriteLine($"note: {note}");
        console.WriteLine($"next: mlops rollout start {imported.Version.Model} {imported.Version.Version}");
    }
}
