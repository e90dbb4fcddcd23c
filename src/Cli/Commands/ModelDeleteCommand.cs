using System.CommandLine;
using MlOps.Cli.Api;
using MlOps.Cli.Output;
using MlOps.Domain.Registry;
using Spectre.Console;

namespace MlOps.Cli.Commands;

/// <summary>`mlops model delete NAME[/VERSION]`.</summary>
internal static class ModelDeleteCommand
{
    private static readonly Argument<string> Model = new("model") { Description = "NAME/VERSION, or NAME for the model with all its versions." };

    public static Command Create() => ApiCommand.Create(
        "delete", "Delete a version without traffic, with its aliases; or a model without an endpoint, with all its versions.", [Model], RunAsync, whenStopped: Verb.Undecided);

    private static async Task<int> RunAsync(ParseResult parsed, ApiClient api, CommandOutput output, CancellationToken cancellationToken)
    {
        ModelSelector selector = ModelSelector.Parse(parsed.GetRequiredValue(Model));
        if (selector.Alias is not null)
            throw MlOpsException.Invalid("model-selector", $"say which version: {selector.Model}/VERSION, since an alias may have moved meanwhile");
        string path = $"api/v1/models/{ApiCommand.Segment(selector.Model)}";
        if (selector.Version is { } version)
            await api.SendAsync<RegisteredModel>(HttpMethod.Delete, $"{path}/versions/{version}", null, cancellationToken);
        else
            await api.DeleteAsync(path, cancellationToken);
        output.Show(new Deleted(selector.ToString()), (console, d) => console.WriteLine($"{d.Model} deleted"));
        return ExitCodes.Done;
    }

    private sealed record Deleted(string Model);
}
