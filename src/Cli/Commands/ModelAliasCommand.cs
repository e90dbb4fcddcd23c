using System.CommandLine;
using MlOps.Api.Registry;
using MlOps.Cli.Api;
using MlOps.Cli.Output;
using MlOps.Domain.Registry;
using Spectre.Console;

namespace MlOps.Cli.Commands;

/// <summary>`mlops model history | rollback`: where an alias pointed, and back there.</summary>
internal static class ModelAliasCommand
{
    private static readonly Argument<string> Name = new("name") { Description = "The registered model." };
    private static readonly Argument<string> Alias = new("alias") { Description = "For example champion." };
    private static readonly Option<int?> Expected = new("--expected") { Description = "Only if it points to this version now.", CustomParser = OptionValue.OptionalNumber<int>("a version from 1", n => n > 0) };

    public static Command History() => ApiCommand.Create("history", "Where an alias pointed, since when, by whom.", [Name, Alias], HistoryAsync);

    public static Command Rollback() =>
        ApiCommand.Create("rollback", "Point an alias to where it was before; traffic is rolled back by mlops rollout rollback.", [Name, Alias, Expected], RollbackAsync, whenStopped: Verb.Undecided);

    private static async Task<int> HistoryAsync(ParseResult parsed, ApiClient api, CommandOutput output, CancellationToken cancellationToken)
    {
        output.Show(await api.ListAsync<AliasPeriod>($"{Path(parsed)}/history", cancellationToken), (console, periods) => console.Write(Tables.Of(
            periods,
            ("version", p => p.Version),
            ("from", p => p.From),
            ("by", p => p.RolledBack ? $"{p.By} (rollback)" : p.By),
            ("to", p => p.To),
            ("ended by", p => p.EndedBy))));
        return ExitCodes.Done;
    }

    private static async Task<int> RollbackAsync(ParseResult parsed, ApiClient api, CommandOutput output, CancellationToken cancellationToken)
    {
        RegisteredModel model = await api.PostAsync<RegisteredModel>($"{Path(parsed)}/rollback", new AliasRollback(parsed.GetValue(Expected)), cancellationToken);
        output.Show(model, (console, m) => console.WriteLine($"{m.Name}: {ModelCommand.AliasText(m.Aliases)}"));
        return ExitCodes.Done;
    }

    private static string Path(ParseResult parsed) =>
        $"api/v1/models/{ApiCommand.Segment(parsed.GetRequiredValue(Name))}/aliases/{ApiCommand.Segment(parsed.GetRequiredValue(Alias))}";
}
