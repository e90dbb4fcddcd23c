namespace MlOps.Architecture;

/// <summary>What every workflow file keeps; needs nothing but the files.</summary>
public class ActionsFileTests
{
    private const string Commit = "3d3c42e5aac5ba805825da76410c181273ba90b1";

    [Fact]
    public void Workflows_ArePinnedBoundedAndOfLeastPermission()
    {
        IReadOnlyList<string> files = Repository.Sources(".github/workflows", "*.yml");

        Assert.Equal(["bench.yml", "ci.yml", "deploy.yml", "model.yml"], files.Select(f => Path.GetFileName(f)));
        string[] problems = [.. files.SelectMany(f => new ActionsFile(Path.GetFileName(f), File.ReadAllText(f)).Problems)];
        Assert.True(problems.Length == 0, string.Join('\n', problems));
    }

    [Theory]
    [InlineData("# v7.0.1", $"actions/checkout@{Commit}", "false", "echo a", "timeout-minutes: 5", null)]
    [InlineData("# v7", $"actions/checkout@{Commit}", "false", "echo a", "timeout-minutes: 5", "must name a commit")]
    [InlineData("# v7.0.1", "actions/checkout@v7", "false", "echo a", "timeout-minutes: 5", "must name a commit")]
    [InlineData("# v7.0.1", $"actions/checkout@{Commit}", "true", "echo a", "timeout-minutes: 5", "persist-credentials: false")]
    [InlineData("# v7.0.1", $"actions/checkout@{Commit}", "false", "echo ${{ github.head_ref }}", "timeout-minutes: 5", "pass it by env")]
    [InlineData("# v7.0.1", $"actions/checkout@{Commit}", "false", "echo a", "name: x", "no timeout-minutes")]
    public void Problems_OfAFile_SayWhatIsMissing(string comment, string uses, string credentials, string run, string job, string? expected)
    {
        string text = $"""
            on: push
            permissions: {"{ contents: read }"}
            concurrency: x
            jobs:
              build:
                runs-on: ubuntu-latest
                {job}
                steps:
                  - uses: {uses} {comment}
                    with:
                      persist-credentials: {credentials}
                  - run: {run}
            """;

        IReadOnlyList<string> problems = new ActionsFile("x.yml", text).Problems;

        if (expected is null)
            Assert.Empty(problems);
        else
            Assert.Contains(expected, Assert.Single(problems));
    }

    [Fact]
    public void Problems_OfAFileWithoutPermissionsAndConcurrency_NameBoth()
    {
        IReadOnlyList<string> problems = new ActionsFile("x.yml", "on: pull_request_target\njobs: {}\n").Problems;

        Assert.Equal(3, problems.Count);
    }

    [Theory]
    [InlineData("if: github.ref == 'refs/heads/main' && github.event_name != 'pull_request'", "environment: production", "id-token: write", "echo", null)]
    [InlineData("if: github.event_name != 'pull_request'", "environment: production", "id-token: write", "echo", "from any branch")]
    [InlineData("if: github.ref == 'refs/heads/main' && github.event_name != 'pull_request'", "name: x", "id-token: write", "echo", "no environment")]
    [InlineData("if: github.event_name == 'pull_request'", "environment: preview", "id-token: write", "echo", null)]
    [InlineData("if: github.event_name == 'pull_request'", "environment: preview", "pull-requests: write", "echo", "a right to write")]
    [InlineData("if: always()", "environment: preview", "contents: read", "${{ secrets.PASSPHRASE }}", "beside a secret")]
    public void Trust_OfAJob_IsNoMoreThanItNeeds(string condition, string environment, string permission, string value, string? expected)
    {
        string text = $"""
            on: [push, pull_request]
            permissions: {"{ contents: read }"}
            concurrency: x
            jobs:
              first:
                {condition}
                runs-on: ubuntu-latest
                timeout-minutes: 5
              deploy:
                needs: first
                {environment}
                runs-on: ubuntu-latest
                timeout-minutes: 5
                permissions: {"{ " + permission + " }"}
                steps:
                  - uses: actions/checkout@{Commit} # v7.0.1
                    with:
                      persist-credentials: false
                  - run: echo
                    env:
                      VALUE: {value}
            """;

        IReadOnlyList<string> problems = new ActionsFile("x.yml", text).Problems;

        if (expected is null)
            Assert.Empty(problems);
        else
            Assert.Contains(expected, Assert.Single(problems));
    }
}
