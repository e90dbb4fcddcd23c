using System.CommandLine;
using MlOps.Api.Access;
using MlOps.Cli.Api;
using MlOps.Cli.Output;
using MlOps.Domain.Access;
using Spectre.Console;

namespace MlOps.Cli.Commands;

/// <summary>`mlops token create | list | revoke | setup`.</summary>
internal static class TokenCommand
{
    private static readonly Argument<string> Name = new("name") { Description = "Whose token it is; one per client." };
    private static readonly Option<Role> Role = new("--role") { Description = "viewer, contributor or admin.", DefaultValueFactory = _ => Domain.Access.Role.Viewer, CustomParser = OptionValue.Choice<Role>() };

    public static Command Create() => new("token", "Access tokens, needed as soon as others can reach the server.")
    {
        ApiCommand.Create("create", "Make a token; it is shown once.", [Name, Role], CreateAsync, mayMakeDirectory: true, whenStopped: Verb.Undecided),
        ApiCommand.Create("list", "Tokens there are.", [], ListAsync),
        ApiCommand.Create("revoke", "End a token.", [Name], RevokeAsync, whenStopped: Verb.Undecided),
        SetupCommand(),
    };

    private static Command SetupCommand()
    {
        var command = new Command("setup", "Make the first admin's token of a server in the cloud, and the hash that goes into its settings.");
        command.SetAction(Setup);
        return command;
    }

    private static int Setup(ParseResult parsed)
    {
        (string token, string hash) = SetupToken.Create();
        parsed.Output().Show(new { token, hash }, (console, _) =>
        {
            console.WriteLine($"token {token}");
            console.WriteLine($"hash  {hash}");
            console.WriteLine("keep the token, it is stored nowhere; give the hash to the server: pulumi config set mlops:setupTokenHash HASH");
        });
        return ExitCodes.Done;
    }

    private static async Task<int> CreateAsync(ParseResult parsed, ApiClient api, CommandOutput output, CancellationToken cancellationToken)
    {
        TokenCreated created = await api.PostAsync<TokenCreated>("api/v1/tokens", new TokenRequest(parsed.GetRequiredValue(Name), parsed.GetValue(Role)), cancellationToken);
        output.Show(created, (console, t) =>
        {
            console.WriteLine(t.Token);
            console.WriteLine($"role {Tables.Cell(t.Role)}; keep it now, it is not shown again");
        });
        return ExitCodes.Done;
    }

    private static async Task<int> ListAsync(ParseResult parsed, ApiClient api, CommandOutput output, CancellationToken cancellationToken)
    {
        IReadOnlyList<AccessToken> tokens = await api.ListAsync<AccessToken>("api/v1/tokens", cancellationToken);
        output.Show(tokens, (console, all) => console.Write(Tables.Of(all, ("name", t => t.Name), ("role", t => t.Role), ("created", t => t.CreatedAt))));
        return ExitCodes.Done;
    }

    private static async Task<int> RevokeAsync(ParseResult parsed, ApiClient api, CommandOutput output, CancellationToken cancellationToken)
    {
        string name = parsed.GetRequiredValue(Name);
        await api.DeleteAsync($"api/v1/tokens/{ApiCommand.Segment(name)}", cancellationToken);
        output.Show(new { name, revoked = true }, (console, _) => console.WriteLine($"token '{name}' is revoked"));
        return ExitCodes.Done;
    }
}
