using System.Text;
using Xunit.Abstractions;

namespace MlOps.EndToEnd.Mlflow;

/// <summary>
/// Sends the calls of the folder <c>calls</c> to MLflow's own server and to ours and compares the answers, but for what
/// <c>calls/deliberate.txt</c> lists. Needs a Python with all of <c>mlflow</c> 3.11 (see docs/mlflow.md, Checking it yourself).
/// </summary>
public sealed class MlflowComparisonTests(OneServer one, ITestOutputHelper output) : IClassFixture<OneServer>
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Mlflow", "calls");

    // In this order: later ones use what earlier ones made.
    private static readonly string[] Files =
    [
        "experiments", "runs", "metrics", "params-and-tags", "batches", "inputs", "run-search", "artifacts", "models", "model-versions", "aliases", "model-search",
        "logged-models", "traces", "trace-search", "assessments", "scorers", "issues", "trace-links", "otlp", "other", "graphql", "webhooks", "prompts", "trace-metrics", "span-search", "evaluation-datasets",
    ];

    [SkippableFact]
    public async Task Answers_OfMlflowsServerAndOurs_DifferOnlyAsListed()
    {
        await Python.NeedAsync(MlflowServer.Modules);
        string version = await Python.VersionAsync();
        Skip.IfNot(version.StartsWith("3.11.", StringComparison.Ordinal), $"the differences are listed for MLflow 3.11, and this Python has {version}");
        DateTimeOffset began = DateTimeOffset.UtcNow;
        await using MlflowServer mlflow = await MlflowServer.StartAsync();
        using var http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false });
        var listed = new DeliberateDifferences(File.ReadLines(Path.Combine(Folder, "deliberate.txt")));

        Comparison found = await CompareAsync(Calls(), new ComparedServer(http, mlflow.Url), new ComparedServer(http, one.Server.Urls[0]), listed, new PlainAnswer(began));

        output.WriteLine($"{found.Calls} calls to MLflow {version}: {found.Same} answered the same, {found.AsListed} differ as listed, {found.Calls - found.Same - found.AsListed} otherwise");
        string report = found.Report + string.Concat(listed.Unused.Select(name => $"{name}: listed in deliberate.txt, and no call shows it\n"));
        if (Environment.GetEnvironmentVariable("MLOPS_MLFLOW_REPORT") is { } file)
            await File.WriteAllTextAsync(file, report);
        Assert.True(report.Length == 0, report);
        Assert.True(found.Calls > 1_000, $"{found.Calls} calls were made");
    }

    [Fact]
    public void Deliberate_EachDifference_IsToldInTheDocs()
    {
        string docs = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Mlflow", "mlflow.md"));

        (string, string)[] untold = [.. new DeliberateDifferences(File.ReadLines(Path.Combine(Folder, "deliberate.txt"))).Told.Where(d => !docs.Contains(d.Told, StringComparison.Ordinal))];

        Assert.Empty(untold);
    }

    [Fact]
    public void Calls_OfEveryFile_AreReadInOrder() =>
        Assert.Equal(Directory.GetFiles(Folder, "*.calls").Select(Path.GetFileNameWithoutExtension).Order(), Calls().Select(c => c.Where.Split(':')[0]).Distinct().Order());

    private static IEnumerable<ComparedCall> Calls() => Files.SelectMany(f => CallFile.Read(f, File.ReadLines(Path.Combine(Folder, $"{f}.calls"))));

    private static async Task<Comparison> CompareAsync(IEnumerable<ComparedCall> calls, ComparedServer theirs, ComparedServer ours, DeliberateDifferences listed, PlainAnswer plain)
    {
        var report = new StringBuilder();
        (int count, int same, int asListed) = (0, 0, 0);
        foreach (ComparedCall call in calls)
        {
            // One after the other: times of ours are not to be the same where theirs are not.
            ComparedAnswer left = await theirs.SendAsync(call);
            ComparedAnswer right = await ours.SendAsync(call);
            IReadOnlyList<string> differences = AnswerDifference.Between(left with { Body = plain.Of(left.Body, theirs.Values) }, right with { Body = plain.Of(right.Body, ours.Values) });
            IReadOnlyList<string> unexplained = listed.Unexplained(call, differences);
            count++;
            if (unexplained.Count > 0)
                report.AppendLine($"{call}").AppendJoin('\n', unexplained.Select(l => $"    {l}")).AppendLine();
            else if (differences.Count > 0)
                asListed++;
            else
                same++;
        }

        return new Comparison(count, same, asListed, report.ToString());
    }

    private sealed record Comparison(int Calls, int Same, int AsListed, string Report);
}
