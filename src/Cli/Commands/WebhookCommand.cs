using System.CommandLine;
using MlOps.Api.Webhooks;
using MlOps.Cli.Api;
using MlOps.Cli.Output;
using MlOps.Domain.Webhooks;
using Spectre.Console;

namespace MlOps.Cli.Commands;

/// <summary>`mlops webhook create | list | get | update | delete | test`.</summary>
internal static class WebhookCommand
{
    private static readonly Argument<string> Id = new("id") { Description = "The webhook's id, as `mlops webhook list` shows it." };
    private static readonly Argument<string> Name = new("name") { Description = "1 to 63 letters, digits, . _ -" };
    private static readonly Option<string> Url = new("--url") { Description = "Where events are posted to: https, and a public address.", Required = true };
    private static readonly Option<string> Events = new("--events") { Description = "Of which, separated by commas: model_version.created,model_version_alias.created", Required = true };
    private static readonly Option<string?> NewName = new("--name") { Description = "Another name." };
    private static readonly Option<string?> NewUrl = new("--url") { Description = "Another address." };
    private static readonly Option<string?> NewEvents = new("--events") { Description = "These events instead, separated by commas." };
    private static readonly Option<string?> Description = new("--description") { Description = "For people." };
    private static readonly Option<FileInfo?> SecretFile = new("--secret-file") { Description = "A file with the secret that deliveries are signed with; on the command line others could read it." };
    private static readonly Option<WebhookStatus?> Status = new("--status") { Description = "active or disabled.", CustomParser = OptionValue.OptionalChoice<WebhookStatus>() };
    private static readonly Option<string?> Event = new("--event") { Description = "The event to try it with. Default: the first of its events." };

    public static Command Create() => new("webhook", "Who is told of changes of the registry: model versions, tags, aliases.")
    {
        ApiCommand.Create("create", "Make a webhook.", [Name, Url, Events, Description, SecretFile, Status], CreateAsync, mayMakeDirectory: true, whenStopped: Verb.Undecided),
        ApiCommand.Create("list", "All webhooks, newest first.", [], ListAsync),
        ApiCommand.Create("get", "One webhook.", [Id], GetAsync),
        ApiCommand.Create("update", "Change a webhook; what is not named stays.", [Id, NewName, NewUrl, NewEvents, Description, SecretFile, Status], UpdateAsync, whenStopped: Verb.Undecided),
        ApiCommand.Create("delete", "Delete a webhook with what waits for it.", [Id], DeleteAsync, whenStopped: Verb.Undecided),
        ApiCommand.Create("test", "Send an example and show the answer; exit code 1 when it was not taken.", [Id, Event], TestAsync, whenStopped: "whether the example was sent is not known"),
    };

    private static async Task<int> CreateAsync(ParseResult parsed, ApiClient api, CommandOutput output, CancellationToken cancellationToken)
    {
        var wanted = new WebhookRequest(
            parsed.GetRequiredValue(Name), parsed.GetRequiredValue(Url), List(parsed.GetRequiredValue(Events)), parsed.GetValue(Description), await SecretAsync(parsed, cancellationToken), parsed.GetValue(Status));
        return Show(await api.PostAsync<WebhookView>("api/v1/webhooks", wanted, cancellationToken), output);
    }

    private static async Task<int> ListAsync(ParseResult parsed, ApiClient api, CommandOutput output, CancellationToken cancellationToken)
    {
        IReadOnlyList<WebhookView> webhooks = await api.ListAsync<WebhookView>("api/v1/webhooks", cancellationToken);
        output.Show(webhooks, (console, all) => console.Write(Tables.Of(
            all, ("id", w => w.Id), ("name", w => w.Name), ("status", w => w.Status), ("signed", w => w.Signed), ("url", w => w.Url), ("events", w => string.Join(", ", w.Events)))));
        return ExitCodes.Done;
    }

    private static async Task<int> GetAsync(ParseResult parsed, ApiClient api, CommandOutput output, CancellationToken cancellationToken) =>
        Show(await api.GetAsync<WebhookView>(Path(parsed), cancellationToken), output);

    private static async Task<int> UpdateAsync(ParseResult parsed, ApiClient api, CommandOutput output, CancellationToken cancellationToken)
    {
        IReadOnlyList<string>? events = parsed.GetValue(NewEvents) is { } text ? List(text) : null;
        var wanted = new WebhookRequest(
            parsed.GetValue(NewName), parsed.GetValue(NewUrl), events, parsed.GetValue(Description), await SecretAsync(parsed, cancellationToken), parsed.GetValue(Status));
        return Show(await api.PatchAsync<WebhookView>(Path(parsed), wanted, cancellationToken), output);
    }

    private static async Task<int> DeleteAsync(ParseResult parsed, ApiClient api, CommandOutput output, CancellationToken cancellationToken)
    {
        await api.DeleteAsync(Path(parsed), cancellationToken);
        string id = parsed.GetRequiredValue(Id);
        output.Show(new { id, deleted = true }, (console, _) => console.WriteLine($"webhook {id} is deleted"));
        return ExitCodes.Done;
    }

    private static async Task<int> TestAsync(ParseResult parsed, ApiClient api, CommandOutput output, CancellationToken cancellationToken)
    {
        WebhookTest test = await api.PostAsync<WebhookTest>($"{Path(parsed)}/test", new WebhookTrial(parsed.GetValue(Event)), cancellationToken);
        output.Show(test, (console, t) => console.WriteLine(t.ResponseStatus is { } status ? $"it answered {status}: {t.ResponseBody}" : t.ErrorMessage!));
        return test.Success ? ExitCodes.Done : ExitCodes.Failed;
    }

    private static int Show(WebhookView webhook, CommandOutput output)
    {
        output.Show(webhook, (console, w) => console.Write(Tables.Facts(
            ("id", w.Id), ("name", w.Name), ("description", w.Description), ("url", w.Url), ("events", string.Join(", ", w.Events)), ("status", w.Status), ("signed", w.Signed))));
        return ExitCodes.Done;
    }

    private static string Path(ParseResult parsed) => $"api/v1/webhooks/{ApiCommand.Segment(parsed.GetRequiredValue(Id))}";

    private static string[] List(string text) => text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>Without the end of its last line.</summary>
    private static async Task<string?> SecretAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        if (parsed.GetValue(SecretFile) is not { } file)
            return null;
        string secret = (await File.ReadAllTextAsync(file.FullName, cancellationToken)).TrimEnd('\r', '\n');
        return secret.Length > 0 ? secret : throw MlOpsException.Invalid("webhook-secret-empty", $"{file.Name} is empty: it should have the secret");
    }
}
