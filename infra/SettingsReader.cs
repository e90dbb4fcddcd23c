using System.Globalization;
using System.Text.Json;
using Pulumi;

namespace MlOps.Infra;

/// <summary>Reads a stack's configuration; all that is wrong with it is told at once.</summary>
internal sealed class SettingsReader(Func<string, string?> get, string stack)
{
    private readonly List<string> _problems = [];

    public static StackSettings Read() => new SettingsReader(new Config().Get, Deployment.Instance.StackName).Settings();

    public StackSettings Settings()
    {
        var defaults = new StackSettings { Environment = stack, AlertEmails = [], MonthlyBudget = 0 };
        StackSettings settings = defaults with
        {
            AlertEmails = Emails("alertEmails"),
            MonthlyBudget = Number("monthlyBudget", 1, 1e9, null),
            AlwaysReadyHttp = Whole("alwaysReadyHttp", 0, 20, defaults.AlwaysReadyHttp),
            InstanceMemoryMb = OneOf("instanceMemoryMb", [512, 2048, 4096], defaults.InstanceMemoryMb),
            MaximumInstances = Whole("maximumInstances", 40, 1000, defaults.MaximumInstances),
            HttpConcurrency = Whole("httpConcurrency", 1, 1000, defaults.HttpConcurrency),
            DurableTaskScheduler = Switch("durableTaskScheduler"),
            ResourceGroup = get("resourceGroup"),
            ZoneRedundantStorage = Switch("zoneRedundantStorage"),
            ZoneRedundantPlan = Switch("zoneRedundantPlan"),
            Protect = Switch("protect"),
            LogRetentionDays = Whole("logRetentionDays", 30, 730, defaults.LogRetentionDays),
            DailyLogQuotaGb = Number("dailyLogQuotaGb", 0.1, 1000, defaults.DailyLogQuotaGb),
            TracesPerSecond = Number("tracesPerSecond", 0.01, 1000, defaults.TracesPerSecond),
            VersionRetentionDays = Whole("versionRetentionDays", 1, 365, defaults.VersionRetentionDays),
            LatencyP95Ms = Whole("latencyP95Ms", 10, 60_000, defaults.LatencyP95Ms),
            FailedRequestPercent = Number("failedRequestPercent", 0.1, 100, defaults.FailedRequestPercent),
            SetupTokenHash = Hash("setupTokenHash"),
            PlainSettings = Map("plainSettings", "value"),
            SecretSettings = Map("secretSettings", "secret's name"),
        };
        return _problems.Count == 0 ? settings : throw new RunException(Message());
    }

    private string Message() => $"stack '{stack}' is not configured rightly:\n" + string.Join('\n', _problems.Select(p => "  " + p));

    private double Number(string key, double least, double most, double? otherwise)
    {
        string? text = get(key);
        if (text is null)
            return otherwise ?? Wrong(key, "is missing", $"a number of at least {least:R}", 0d);
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value >= least && value <= most
            ? value
            : Wrong(key, $"is '{text}'", $"a number from {least:R} to {most:R}", least);
    }

    private int Whole(string key, int least, int most, int otherwise)
    {
        string? text = get(key);
        if (text is null)
            return otherwise;
        return int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out int value) && value >= least && value <= most
            ? value
            : Wrong(key, $"is '{text}'", $"a whole number from {least} to {most}", otherwise);
    }

    private int OneOf(string key, int[] allowed, int otherwise)
    {
        string? text = get(key);
        if (text is null)
            return otherwise;
        return int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out int value) && allowed.Contains(value)
            ? value
            : Wrong(key, $"is '{text}'", "one of " + string.Join(", ", allowed), otherwise);
    }

    private bool Switch(string key)
    {
        string? text = get(key);
        return text is not null && (bool.TryParse(text, out bool value) ? value : Wrong(key, $"is '{text}'", "true or false", false));
    }

    private string[] Emails(string key)
    {
        string[] all = get(key)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];
        if (all.Length == 0)
            return Wrong(key, "is missing", "at least one address, several with commas between them", all);
        foreach (string address in all.Where(a => a.IndexOf('@') <= 0 || a.EndsWith('@') || a.Any(char.IsWhiteSpace)))
            Wrong(key, $"has '{address}'", "an e-mail address", 0);
        return all;
    }

    /// <summary>What is wrong is not quoted: somebody may have put the token itself there.</summary>
    private string? Hash(string key)
    {
        string? text = get(key);
        return text is null || (text.Length == 64 && text.All(char.IsAsciiHexDigit))
            ? text
            : Wrong<string?>(key, $"has {text.Length} characters", "64 hexadecimal digits, the hash that 'mlops token setup' shows", null);
    }

    private Dictionary<string, string> Map(string key, string to)
    {
        string? text = get(key);
        try
        {
            return text is null ? [] : JsonSerializer.Deserialize<Dictionary<string, string>>(text) ?? [];
        }
        catch (JsonException)
        {
            return Wrong<Dictionary<string, string>>(key, $"is '{text}'", $"a map from a setting's name to a {to}", []);
        }
    }

    private T Wrong<T>(string key, string what, string allowed, T standIn)
    {
        _problems.Add($"mlops:{key} {what}; it must be {allowed}. Set it with: pulumi config set mlops:{key} VALUE --stack {stack}");
        return standIn;
    }
}
