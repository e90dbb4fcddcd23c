using System.CommandLine;
using MlOps.Cli.Api;
using MlOps.Cli.Output;

namespace MlOps.Cli.Commands;

/// <summary>What every command that talks to the API does around its own work.</summary>
internal static class ApiCommand
{
    /// <summary>Makes a command whose action gets a connected client.</summary>
    public static Command Create(string name, string description, IReadOnlyList<Symbol> parts, Func<ParseResult, ApiClient, CommandOutput, CancellationToken, Task<int>> run)
    {
        var command = new Command(name, description);
        foreach (Symbol part in parts)
            Add(command, part);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using ApiClient client = await ApiConnection.OpenAsync(parsed, cancellationToken);
            return await run(parsed, client, parsed.Output(), cancellationToken);
        });
        return command;
    }

    /// <summary>A path segment made safe for a URL.</summary>
    public static string Segment(string text) => Uri.EscapeDataString(text);

    private static void Add(Command command, Symbol part)
    {
        if (part is Argument argument)
            command.Arguments.Add(argument);
        else
            command.Options.Add((Option)part);
    }
}
