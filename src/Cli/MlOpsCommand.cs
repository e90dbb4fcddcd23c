using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using MlOps.Cli.Commands;
using MlOps.Cli.Output;

namespace MlOps.Cli;

/// <summary>The `mlops` command: the table of its verbs, and what every verb has in common (errors, exit codes, Ctrl-C).</summary>
public static class MlOpsCommand
{
    private static readonly (string Name, Func<Command> Create)[] Verbs =
    [
        ("quickstart", QuickstartCommand.Create),
        ("serve", ServeCommand.Create),
        ("dataset", DatasetCommand.Create),
        ("validate", ValidateCommand.Create),
        ("pipeline", PipelineCommand.Create),
        ("train", TrainCommand.Create),
        ("predict", PredictCommand.Create),
        ("batch", BatchCommand.Create),
        ("evaluate", EvaluateCommand.Create),
        ("explain", ExplainCommand.Create),
        ("model", ModelCommand.Create),
        ("rollout", RolloutCommand.Create),
        ("drift", DriftCommand.Create),
        ("feedback", FeedbackCommand.Create),
        ("run", RunCommand.Create),
        ("import", ImportCommand.Create),
        ("export", ExportCommand.Create),
        ("gc", GcCommand.Create),
        ("webhook", WebhookCommand.Create),
        ("token", TokenCommand.Create),
    ];

    /// <summary>Runs one command line.</summary>
    /// <returns>0 done; 1 the work failed (a gate, a conflict, a server away, Ctrl-C); 2 bad usage or input.</returns>
    public static Task<int> RunAsync(string[] args, TextWriter stdout, TextWriter stderr, CancellationToken cancellationToken) =>
        RunAsync(args, stdout, stderr, new Edition(), cancellationToken);

    /// <summary>Runs one command line of a build that brings more.</summary>
    /// <inheritdoc cref="RunAsync(string[], TextWriter, TextWriter, CancellationToken)"/>
    public static async Task<int> RunAsync(string[] args, TextWriter stdout, TextWriter stderr, Edition edition, CancellationToken cancellationToken)
    {
        OneProcessor.RestThreads();
        ParseResult parsed = Parse(args);
        var output = new CommandOutput(stdout, stderr, json: parsed.GetValue(GlobalOptions.Json));
        if (parsed.Errors.Count > 0)
        {
            output.Fail("usage", string.Join(Environment.NewLine, parsed.Errors.Select(Said)) + $"{Environment.NewLine}`{CommandPath(parsed)} --help` shows how.");
            return ExitCodes.BadInput;
        }

        var configuration = new EditionInvocation(edition)
        {
            Output = stdout,
            Error = stderr,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        };
        using var signals = new StopSignals(cancellationToken);
        try
        {
            return await signals.WatchAsync(parsed.InvokeAsync(configuration, signals.Token));
        }
        catch (MlOpsException e)
        {
            output.Fail(e.Code, e.Message);
            return ExitCodes.For(e.Kind);
        }
        catch (OperationCanceledException)
        {
            output.Fail("stopped", "stopped" + (parsed.CommandResult.Command is Verb verb ? "; " + verb.WhenStopped : ""));
            return ExitCodes.Failed;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            output.Fail("file", e.Message);
            return ExitCodes.BadInput;
        }
        catch (Exception e)
        {
            output.Fail("unexpected", $"this is a mistake of mlops, not of yours; please report it with what follows{Environment.NewLine}{e}");
            return ExitCodes.Failed;
        }
    }

    internal static RootCommand Root() => Root(Verbs);

    /// <summary>
    /// Most of a start goes into code that is not compiled yet, so only the verb that is meant is built. Where that does not parse, the line
    /// is parsed with all of them, who know what else may have been meant.
    /// </summary>
    private static ParseResult Parse(string[] args)
    {
        (string Name, Func<Command> Create)[] meant = [.. args.SelectMany(a => Verbs.Where(v => v.Name == a)).Take(1)];
        bool asksForHelp = meant.Length == 0 || args.Any(a => a is "--help" or "-h" or "-?" or "/?" or "/h" || a.StartsWith('[') || a.StartsWith('@'));
        return !asksForHelp && Root(meant).Parse(args) is { Errors.Count: 0 } parsed ? parsed : Root().Parse(args);
    }

    private static RootCommand Root(IEnumerable<(string Name, Func<Command> Create)> verbs)
    {
        var root = new RootCommand("MlOps: from a data file to a model that is validated, tracked, registered, rolled out, served, watched and retrained.")
        {
            GlobalOptions.Json,
            GlobalOptions.Data,
            GlobalOptions.Storage,
            GlobalOptions.Server,
            GlobalOptions.Token,
        };
        foreach ((_, Func<Command> create) in verbs)
            root.Subcommands.Add(create());
        return root;
    }

    /// <summary>What the parser says, with the name of what is missing, and without names of .NET types, which mean nothing to people.</summary>
    private static string Said(ParseError error) => error.SymbolResult is ArgumentResult { Tokens.Count: 0, Parent: CommandResult } missing
        ? $"{missing.Argument.Name.ToUpperInvariant()} is missing: {missing.Argument.Description}"
        : Regex.Replace(error.Message, " as expected type '[^']*'", "");

    private static string CommandPath(ParseResult parsed)
    {
        var names = new Stack<string>();
        for (SymbolResult? at = parsed.CommandResult; at is CommandResult command; at = at.Parent)
            names.Push(command.Command.Name);
        return string.Join(' ', names);
    }
}
