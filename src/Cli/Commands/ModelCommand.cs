using System.CommandLine;
using MlOps.Api.Registry;
using MlOps.Cli.Api;
using MlOps.Cli.Output;
using MlOps.Domain.Registry;
using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Models;
using Spectre.Console;

namespace MlOps.Cli.Commands;

/// <summary>`mlops model list | show | alias | history | rollback | delete | settings | loaded | import | export | log`.</summary>
internal static class ModelCommand
{
    private static readonly Argument<string> Selector = new("model") { Description = "NAME, NAME@ALIAS or NAME/VERSION." };
    private static readonly Argument<string> Name = new("name") { Description = "The registered model." };
    private static readonly Argument<string> Alias = new("alias") { Description = "For example champion." };
    private static readonly Argument<int?> Version = new("version") { Description = "Where it shall point.", Arity = ArgumentArity.ZeroOrOne, CustomParser = OptionValue.OptionalNumber<int>("a version from 1", n => n > 0) };
    private static readonly Option<int?> Expected = new("--expected") { Description = "Only if it points to this version now (0: only if it does not exist).", CustomParser = OptionValue.OptionalNumber<int>("a version, or 0", n => n >= 0) };
    private static readonly Option<bool> Delete = new("--delete") { Description = "Remove the alias." };

    private static readonly Option<int?> Concurrency = new("--concurrency") { Description = "Requests answered at the same time, in each process; 0 for any number.", CustomParser = OptionValue.OptionalNumber<int>("a whole number from 0", n => n >= 0) };
    private static readonly Option<int?> Waiting = new("--waiting") { Description = "Requests that may wait besides; more are refused with 503 and Retry-After. Default 0.", CustomParser = OptionValue.OptionalNumber<int>("a whole number from 0", n => n >= 0) };
    private static readonly Option<int?> BatchRows = new("--batch-rows") { Description = "Rows of different requests scored together, for versions slower than 200 microseconds a call; 0 for none.", CustomParser = OptionValue.OptionalNumber<int>("a whole number from 0", n => n >= 0) };
    private static readonly Option<double?> BatchDelay = new("--batch-delay-ms") { Description = "How long the first of them waits for others. Default 2.", CustomParser = OptionValue.OptionalNumber<double>("a number above 0", n => n > 0) };

    public static Command Create() => new("model", "Registered models, their versions, aliases, and how they are served and logged.")
    {
        ApiCommand.Create("list", "All registered models.", [], ListAsync),
        ApiCommand.Create("show", "A model's versions and traffic, or one version with its lineage.", [Selector], ShowAsync),
        ApiCommand.Create("alias", "Point an alias to a version, or remove it.", [Name, Alias, Version, Expected, Delete], AliasAsync, whenStopped: Verb.Undecided),
        ModelAliasCommand.History(),
        ModelAliasCommand.Rollback(),
        ModelDeleteCommand.Create(),
        ApiCommand.Create("settings", "Show or change how a model's endpoint takes requests.", [Name, Concurrency, Waiting, BatchRows, BatchDelay], SettingsAsync, whenStopped: Verb.Undecided),
        ApiCommand.Create("loaded", "The models that the server has in memory, and how much they may hold.", [], LoadedAsync),
        ModelImportCommand.Create(),
        ModelExportCommand.Create(),
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

    private static async Task<int> SettingsAsync(ParseResult parsed, ApiClient api, CommandOutput output, CancellationToken cancellationToken)
    {
        string path = $"api/v1/endpoints/{ApiCommand.Segment(parsed.GetRequiredValue(Name))}/settings";
        EndpointSettings now = await api.GetAsync<EndpointSettings>(path, cancellationToken);
        EndpointSettings wanted = Changed(parsed, now);
        EndpointSettings settings = wanted == now ? now : await api.PutAsync<EndpointSettings>(path, wanted, cancellationToken);
        output.Show(settings, (console, s) => console.WriteLine(ModelViews.Settings(s)));
        return ExitCodes.Done;
    }

    private static EndpointSettings Changed(ParseResult parsed, EndpointSettings now)
    {
        ConcurrencyLimit? limit = parsed.GetValue(Concurrency) switch
        {
            0 => null,
            { } requests => new ConcurrencyLimit(requests, now.Concurrency?.Waiting ?? 0),
            null => now.Concurrency,
        };
        MicroBatching? batching = parsed.GetValue(BatchRows) switch
        {
            0 => null,
            { } rows => (now.Batching ?? new MicroBatching()) with { MaxRows = rows },
            null => now.Batching,
        };
        if (limit is null && parsed.GetValue(Waiting) is not null)
            throw MlOpsException.Invalid("endpoint-settings", "--waiting is how many may wait for a place: say with --concurrency how many places there are");
        if (batching is null && parsed.GetValue(BatchDelay) is not null)
            throw MlOpsException.Invalid("endpoint-settings", "--batch-delay-ms is how long requests are gathered: say with --batch-rows how many rows at most");
        return now with
        {
            Concurrency = limit is null ? null : limit with { Waiting = parsed.GetValue(Waiting) ?? limit.Waiting },
            Batching = batching is null ? null : batching with { MaxDelayMs = parsed.GetValue(BatchDelay) ?? batching.MaxDelayMs },
        };
    }

    private static async Task<int> LoadedAsync(ParseResult parsed, ApiClient api, CommandOutput output, CancellationToken cancellationToken)
    {
        output.Show(await api.GetAsync<ModelMemory>("api/v1/serving/models", cancellationToken), ModelViews.Write);
        return ExitCodes.Done;
    }

    internal static string AliasText(IReadOnlyDictionary<string, int> aliases) =>
        string.Join(", ", aliases.OrderBy(a => a.Key, StringComparer.Ordinal).Select(a => $"@{a.Key} -> {a.Value}"));
}
