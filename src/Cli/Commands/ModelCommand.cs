using System.CommandLine;
using MlOps.Api.Registry;
using MlOps.Cli.Api;
using MlOps.Cli.Output;
using MlOps.Domain.Registry;
using Spectre.Console;

namespace MlOps.Cli.Commands;

/// <summary>`mlops model list | show | alias | log`.</summary>
internal static class ModelCommand
{
    private static readonly Argument<string> Selector = new("model") { Description = "NAME, NAME@ALIAS or NAME/VERSION." };
    private static readonly Argument<string> Name = new("name") { Description = "The registered model." };
    private static readonly Argument<string> Alias = new("alias") { Description = "For example champion." };
    private static readonly Argument<int?> Version = new("version") { Description = "Where it shall point.", Arity = ArgumentArity.ZeroOrOne, CustomParser = OptionValue.OptionalNumber<int>("a version from 1", n => n > 0) };
    private static readonly Option<int?> Expected = new("--expected") { Description = "Only if it points to this version now (0: only if it does not exist).", CustomParser = OptionValue.OptionalNumber<int>("a version, or 0", n => n >= 0) };
    private static readonly Option<bool> Delete = new("--delete") { Description = "Remove the alias." };

    public static Command Create() => new("model", "Registered models, their versions and aliases, and what of their predictions is logged.")
    {
        ApiCommand.Create("list", "All registered models.", [], ListAsync),
        ApiCommand.Create("show", "A model's versions and traffic, or one version with its lineage.", [Selector], ShowAsync),
        ApiCommand.Create("alias", "Point an alias to a version, or remove it.", [Name, Alias, Version, Expected, Delete], AliasAsync, whenStopped: Verb.Undecided),
        ModelLogCommand.Create(),
    };

    private static async Task<int> ListAsync(ParseResult parsed, ApiClient api, CommandOutput output, CancellationToken cancellationToken)
    {
        IReadOnlyList<RegisteredModel> models = await api.ListAsync<RegisteredModel>("api/v1/models", cancellationToken);
        output.Show(models, (console, all) => console.Write(Tables.Of(
            all,
            ("model", m => m.Name),
            ("versions", m => m.LatestVersion),
            ("aliases", m => AliasText(m.Aliases)),
            ("updated", m => m.UpdatedAt))));
        return ExitCodes.Done;
    }

    private static async Task<int> ShowAsync(ParseResult parsed, ApiClient api, CommandOutput output, CancellationToken cancellationToken)
    {
        ModelSelector selector = ModelSelector.Parse(parsed.GetRequiredValue(Selector));
        string path = $"api/v1/models/{ApiCommand.Segment(selector.Model)}";
        if (selector.Version is null && selector.Alias is null)
            output.Show(await api.GetAsync<ModelView>(path, cancellationToken), (console, model) => ModelViews.Write(console, model));
        else
            output.Show(
                await api.GetAsync<ModelLineageView>($"{path}/versions/{ApiCommand.Segment(selector.Alias ?? selector.Version.ToString()!)}/lineage", cancellationToken),
                (console, lineage) => ModelViews.Write(console, lineage));
        return ExitCodes.Done;
    }

    private static async Task<int> AliasAsync(ParseResult parsed, ApiClient api, CommandOutput output, CancellationToken cancellationToken)
    {
        string name = parsed.GetRequiredValue(Name);
        string alias = parsed.GetRequiredValue(Alias);
        string path = $"api/v1/models/{ApiCommand.Segment(name)}/aliases/{ApiCommand.Segment(alias)}";
        if (parsed.GetValue(Delete))
        {
            RegisteredModel left = await api.SendAsync<RegisteredModel>(HttpMethod.Delete, path, null, cancellationToken);
            output.Show(left, (console, m) => console.WriteLine($"{name}: {AliasText(m.Aliases)}"));
            return ExitCodes.Done;
        }

        int version = parsed.GetValue(Version)
            ?? throw MlOpsException.Invalid("alias-version", $"say where '{alias}' shall point: mlops model alias {name} {alias} VERSION, or --delete");
        RegisteredModel model = await api.PutAsync<RegisteredModel>(path, new AliasTarget(version, parsed.GetValue(Expected)), cancellationToken);
        output.Show(model, (console, m) => console.WriteLine($"{name}: {AliasText(m.Aliases)}"));
        return ExitCodes.Done;
    }

    internal static string AliasText(IReadOnlyDictionary<string, int> aliases) =>
        string.Join(", ", aliases.OrderBy(a => a.Key, StringComparer.Ordinal).Select(a => $"@{a.Key} -> {a.Value}"));
}
