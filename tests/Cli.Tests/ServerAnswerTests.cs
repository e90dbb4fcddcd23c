using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace MlOps.Cli.Tests;

/// <summary>A server that is not what the command line expects.</summary>
public sealed class ServerAnswerTests
{
    [Theory]
    [InlineData("hello")]
    [InlineData("null")]
    [InlineData("{\"items\": 7}")]
    public async Task AnAnswer_ThatIsNotOneOfOurs_SaysSoAndFails(string answer)
    {
        await using WebApplication other = WebApplication.CreateSlimBuilder().Build();
        other.Urls.Add("http://127.0.0.1:0");
        other.MapFallback(() => Results.Text(answer, "application/json"));
        await other.StartAsync();

        Cli run = await Cli.RunAsync("model", "list", "--server", other.Urls.First(), "--json");

        Assert.Equal(1, run.ExitCode);
        Assert.Equal("server-answer", (string)run.Json["error"]!["code"]!);
        Assert.Contains(other.Urls.First(), (string)run.Json["error"]!["message"]!, StringComparison.Ordinal);
    }
}
