using Pulumi;

namespace MlOps.Infra.Tests;

public class SettingsTests
{
    [Theory]
    [InlineData("dev")]
    [InlineData("prod")]
    public void StackFiles_AreReadWithoutAProblem_AndHaveNoUnknownKey(string stack)
    {
        Dictionary<string, string> file = StackFile.Config(stack);
        var asked = new HashSet<string>();

        StackSettings settings = new SettingsReader(key => { asked.Add("mlops:" + key); return file.GetValueOrDefault("mlops:" + key); }, stack).Settings();

        Assert.Equal(stack, settings.Environment);
        Assert.DoesNotContain(file.Keys, k => k != "azure-native:location" && !asked.Contains(k));
    }

    [Fact]
    public void Settings_OfNothingButWhatIsNeeded_HaveTheDefaults()
    {
        StackSettings settings = Read(("alertEmails", "a@b.c, d@e.f"), ("monthlyBudget", "20.5"));

        Assert.Equal(["a@b.c", "d@e.f"], settings.AlertEmails);
        Assert.Equal((20.5, 0, 2048, 40, false), (settings.MonthlyBudget, settings.AlwaysReadyHttp, settings.InstanceMemoryMb, settings.MaximumInstances, settings.DurableTaskScheduler));
    }

    [Theory]
    [InlineData("alertEmails", "someone", "mlops:alertEmails has 'someone'; it must be an e-mail address")]
    [InlineData("monthlyBudget", "much", "mlops:monthlyBudget is 'much'; it must be a number from 1 to")]
    [InlineData("instanceMemoryMb", "1024", "mlops:instanceMemoryMb is '1024'; it must be one of 512, 2048, 4096")]
    [InlineData("maximumInstances", "10", "mlops:maximumInstances is '10'; it must be a whole number from 40 to 1000")]
    [InlineData("durableTaskScheduler", "yes", "mlops:durableTaskScheduler is 'yes'; it must be true or false")]
    [InlineData("setupTokenHash", "mlops_setup_x", "mlops:setupTokenHash has 13 characters; it must be 64 hexadecimal digits")]
    [InlineData("plainSettings", "x", "mlops:plainSettings is 'x'; it must be a map from a setting's name to a value")]
    [InlineData("secretSettings", "chat", "mlops:secretSettings is 'chat'; it must be a map from a setting's name to a secret's name")]
    public void Settings_WithAWrongValue_SayWhichAndWhatIsAllowed(string key, string value, string expected)
    {
        RunException error = Assert.Throws<RunException>(() => Read(("alertEmails", "a@b.c"), ("monthlyBudget", "20"), (key, value)));

        Assert.Contains(expected, error.Message);
        Assert.Contains($"pulumi config set mlops:{key} VALUE --stack test", error.Message);
    }

    [Fact]
    public void Settings_WithSeveralProblems_TellThemAllAtOnce()
    {
        RunException error = Assert.Throws<RunException>(() => Read(("latencyP95Ms", "-1")));

        Assert.Contains("mlops:alertEmails is missing", error.Message);
        Assert.Contains("mlops:monthlyBudget is missing", error.Message);
        Assert.Contains("mlops:latencyP95Ms is '-1'", error.Message);
    }

    private static StackSettings Read(params (string Key, string Value)[] config)
    {
        // The last one wins, so that a case can change what it needs.
        Dictionary<string, string> map = [];
        foreach ((string key, string value) in config)
            map[key] = value;
        return new SettingsReader(map.GetValueOrDefault, "test").Settings();
    }
}
