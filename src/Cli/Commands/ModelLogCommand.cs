using System.CommandLine;
using MlOps.Api.Serving;
using MlOps.Cli.Api;
using MlOps.Cli.Output;
using MlOps.Domain.Serving.Log;
using Spectre.Console;

namespace MlOps.Cli.Commands;

/// <summary>`mlops model log`: what of a model's predictions is recorded; options change the policy in just what they name.</summary>
internal static class ModelLogCommand
{
    private static readonly Argument<string> Name = new("name") { Description = "The registered model." };
    private static readonly Option<double?> Sample = new("--sample") { Description = "The share of requests that is recorded, 0 to 1.", CustomParser = OptionValue.OptionalNumber<double>("a share from 0 to 1", s => s is >= 0 and <= 1) };
    private static readonly Option<Dictionary<string, string>> Redact = KeyValue.Option("--redact", "Features whose values are not recorded: email=hash, name=drop, zip=mask.");
    private static readonly Option<string[]> Show = new("--show") { Description = "Features to record as they are again.", AllowMultipleArgumentsPerToken = true };
    private static readonly Option<int?> RetainDays = new("--retain-days") { Description = "Days that records are kept; 0 for good.", CustomParser = OptionValue.OptionalNumber<int>("0 to 36500", d => d is >= 0 and <= 36_500) };
    private static readonly Option<bool> Off = new("--off") { Description = "Record nothing." };
    private static readonly Option<bool> On = new("--on") { Description = "Record again." };

    public static Command Create() => ApiCommand.Create(
        "log", "See or change what of a model's predictions is recorded, and for how long.", [Name, Sample, Redact, Show, RetainDays, Off, On], RunAsync, whenStopped: Verb.Undecided);

    private static async Task<int> RunAsync(ParseResult parsed, ApiClient api, CommandOutput output, CancellationToken cancellationToken)
    {
        string path = $"api/v1/endpoints/{ApiCommand.Segment(parsed.GetRequiredValue(Name))}/log";
        LogPolicyState state = await api.GetAsync<LogPolicyState>(path, cancellationToken);
        if (IsChange(parsed))
            state = await api.PutAsync<LogPolicyState>(path, LogPolicyRequest.Of(Changed(parsed, state.Policy), state.Revision), cancellationToken);
        output.Show(state, (console, s) => console.Write(Tables.Facts(
            ("model", s.Model),
            ("recorded", s.Policy.Off ? "nothing" : $"{100 * s.Policy.Sample:0.##} % of the requests"),
            ("redacted", s.Policy.Redact.Count == 0 ? "nothing" : string.Join(", ", s.Policy.Redact.Select(r => $"{r.Key} ({Tables.Cell(r.Value)})"))),
            ("kept", s.Policy.RetainDays is { } days ? $"{days} days" : "for good"),
            ("set by", s.By is null ? "nobody" : $"{s.By}, {Tables.Cell(s.ChangedAt)}"))));
        return ExitCodes.Done;
    }

    private static bool IsChange(ParseResult parsed) =>
        parsed.GetValue(Sample) is not null || parsed.GetValue(RetainDays) is not null || parsed.GetValue(Off) || parsed.GetValue(On)
        || parsed.GetRequiredValue(Redact).Count > 0 || parsed.GetValue(Show) is { Length: > 0 };

    private static LogPolicy Changed(ParseResult parsed, LogPolicy policy)
    {
        if (parsed.GetValue(Off) && parsed.GetValue(On))
            throw MlOpsException.Invalid("usage", "say either --off or --on");
        var redact = policy.Redact.ToDictionary(StringComparer.Ordinal);
        foreach (string feature in parsed.GetValue(Show) ?? [])
        {
            if (!redact.Remove(feature))
                throw MlOpsException.Invalid("log-policy", $"'{feature}' is not redacted; redacted are: {string.Join(", ", redact.Keys)}");
        }

        foreach ((string feature, string how) in parsed.GetRequiredValue(Redact))
            redact[feature] = Way(feature, how);
        return policy with
        {
            Sample = parsed.GetValue(Sample) ?? policy.Sample,
            RetainDays = parsed.GetValue(RetainDays) switch { null => policy.RetainDays, 0 => null, { } days => days },
            Off = parsed.GetValue(Off) || (policy.Off && !parsed.GetValue(On)),
            Redact = redact,
        };
    }

    private static Redaction Way(string feature, string how) => Enum.GetNames<Redaction>().FirstOrDefault(n => n.Equals(how, StringComparison.OrdinalIgnoreCase)) is { } name
        ? Enum.Parse<Redaction>(name)
        : throw MlOpsException.Invalid("log-policy", $"--redact {feature}={how}: give drop, hash or mask");
}
