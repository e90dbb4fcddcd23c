using System.CommandLine;
using MlOps.Cli.Api;
using MlOps.Cli.Output;

namespace MlOps.Cli.Commands;

/// <summary>What every command that talks to the API does around its own work.</summary>
internal static class ApiCommand
{
    /// <summary>Makes a command whose action gets a connected client.</summary>
    /// <param name="mayMakeDirectory">The command has something to put into a data directory that does not exist yet.</param>
    /// <param name="whenStopped">What Ctrl-C leaves behind.</param>
    public static Command Create(
        string name,
        string description,
        IReadOnlyList<Symbol> parts,
        Func<ParseResult, ApiClient, CommandOutput, CancellationToken, Task<int>> run,
        bool mayMakeDirectory = false,
        string whenStopped = Verb.Unchanged)
    {
        var command = new Verb(name, description, whenStopped);
        foreach (Symbol part in parts)
            Add(command, part);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using ApiClient client = ApiConnection.Open(parsed, mayMakeDirectory);
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
