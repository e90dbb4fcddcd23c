using System.CommandLine;
using MlOps.Cli.Output;
using MlOps.Domain.Registry;
using MlOps.Server;

namespace MlOps.Cli.Commands;

/// <summary>`mlops serve`: the API, serving, timers and inbox over a data directory, until stopped.</summary>
internal static class ServeCommand
{
    private static readonly Option<string[]> Urls = new("--urls")
    {
        Description = "Where to listen (default http://127.0.0.1:5000); several are allowed.",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => ["http://127.0.0.1:5000"],
    };

    private static readonly Option<string?> DefaultModel = new("--default-model")
    {
        Description = "The model, or churn@champion, for requests that name none where several are served (/invocations, feedback).",
    };

    private static readonly Option<int?> ModelMemory = new("--model-memory")
    {
        Description = "MiB that the models in memory may hold together (default: a quarter of what the machine or container lets this process have).",
        CustomParser = OptionValue.OptionalNumber<int>("a whole number of MiB from 1", n => n >= 1),
    };

    private static readonly Option<TimeSpan?> ModelIdle = new("--model-idle")
    {
        Description = "How long a model stays in memory that nobody uses and no endpoint's traffic names, such as 1h (default 15m; 0s: until its memory is wanted).",
        CustomParser = OptionValue.OptionalDuration,
    };

    private static readonly Option<string?> MlflowUi = new("--mlflow-ui")
    {
        Description = "The folder of MLflow's built web UI (mlflow/server/js/build of its Python package), to be served at /.",
        HelpName = "folder",
    };

    public static Command Create()
    {
        var command = new Verb("serve", "Serve the API and the models of a data directory.", "it had not begun to serve") { Urls, DefaultModel, ModelMemory, ModelIdle, MlflowUi };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        CommandOutput output = parsed.Output();
        ServerOptions options = parsed.Host(new DataDirectory(parsed.GetRequiredValue(GlobalOptions.Data))) with
        {
            Urls = [.. parsed.GetRequiredValue(Urls).SelectMany(u => u.Split(';', StringSplitOptions.RemoveEmptyEntries))],
            Log = !output.IsJson,
            DefaultModel = DefaultModelOf(parsed),
            MlflowUi = parsed.GetValue(MlflowUi),
            ModelMemory = parsed.GetValue(ModelMemory) is { } mebibytes ? (long)mebibytes << 20 : null,
            ModelIdle = parsed.GetValue(ModelIdle),
        };
        if (options.OpenStores is null)
            options = options with { SharesThread = OneProcessor.EventsOfSocketsInPlace() };
        await using MlOpsServer server = await MlOpsServer.StartAsync(options, cancellationToken);
        output.ShowLines(
            new Serving(server.Urls, options.Data.Root),
            s => [.. s.Urls.Select(url => $"listening on {url}"), $"data in {s.Data}; inbox {options.Data.Inbox}/<data set>/; Ctrl-C stops"]);
        await server.WaitForStopAsync(cancellationToken);
        return ExitCodes.Done;
    }

    /// <summary>A selector that cannot be is refused now, not at the first request.</summary>
    private static string? DefaultModelOf(ParseResult parsed) =>
        parsed.GetValue(DefaultModel) is { } text ? ModelSelector.Parse(text).ToString() : null;

    private sealed record Serving(IReadOnlyList<string> Urls, string Data);
}
