namespace MlOps.Architecture;

/// <summary>Workflows are replayed, so their code must do the same each time (docs/workflows.md, Rules).</summary>
public class WorkflowSourceTests
{
    private static readonly Lazy<WorkflowSource> Domain = new(() => new(DomainModel.Compile(Repository.Sources("src/Domain")).Compilation));

    [Fact]
    public void Workflows_OfTheDomain_AreDeterministic() => Assert.Empty(Domain.Value.Offences);

    [Fact]
    public void Workflows_OfTheDomain_StandInWorkflowFiles() => Assert.Empty(Domain.Value.Hidden);

    [Theory]
    [InlineData("await c.ConfigureAwait(false);", "Task.ConfigureAwait")]
    [InlineData("await Task.Run(() => 1);", "Task.Run")]
    [InlineData("await Task.Delay(5);", "Task.Delay")]
    [InlineData("await Task.Factory.StartNew(() => 1);", "uses TaskFactory")]
    [InlineData("c.Wait();", "Task.Wait")]
    [InlineData("_ = Task.FromResult(1).Result;", "Task.Result")]
    [InlineData("c.GetAwaiter().GetResult();", "Task.GetAwaiter")]
    [InlineData("await c.WaitAsync(TimeSpan.FromSeconds(1));", "Task.WaitAsync")]
    [InlineData("using var s = new CancellationTokenSource(TimeSpan.FromSeconds(1));", "CancellationTokenSource with a time")]
    [InlineData("using CancellationTokenSource s = new(1000);", "CancellationTokenSource with a time")]
    [InlineData("using var s = new CancellationTokenSource(); s.CancelAfter(5);", "CancellationTokenSource.CancelAfter")]
    [InlineData("_ = DateTime.UtcNow;", "DateTime.UtcNow")]
    [InlineData("_ = DateTimeOffset.Now;", "DateTimeOffset.Now")]
    [InlineData("_ = TimeProvider.System.GetUtcNow();", "TimeProvider")]
    [InlineData("_ = Guid.NewGuid();", "Guid.NewGuid")]
    [InlineData("new Thread(() => { }).Start();", "Thread")]
    [InlineData("_ = Random.Shared.Next();", "Random")]
    [InlineData("_ = Environment.TickCount;", "Environment")]
    [InlineData("foreach (var p in new Dictionary<int, int>()) { }", "iterates over")]
    [InlineData("foreach (var p in new HashSet<int>()) { }", "iterates over")]
    [InlineData("IReadOnlyDictionary<int, int> d = null!; foreach (int k in d.Keys) { }", "iterates over d.Keys")]
    [InlineData("var d = new Dictionary<int, int>(); _ = d.Values.Select(v => v).ToList();", "reads d.Values by Select")]
    [InlineData("var s = new HashSet<int>(); int[] all = [.. s];", "spreads s")]
    public void Checker_OnABadSample_SaysWhat(string statement, string expected)
    {
        string offence = Assert.Single(Check(statement).Offences.Distinct());
        Assert.StartsWith("Demo/Bad.Workflow.cs:1 ", offence, StringComparison.Ordinal);
        Assert.Contains(expected, offence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("await c;")]
    [InlineData("await Task.WhenAll(c, c); await Task.WhenAny(c, c);")]
    [InlineData("using var s = new CancellationTokenSource(); s.Cancel();")]
    [InlineData("var d = new Dictionary<int, int>(); foreach (int k in d.Keys.Order()) { } _ = d.Any(); _ = d[1];")]
    [InlineData("foreach (int i in new List<int>()) { }")]
    [InlineData("foreach (var p in new SortedDictionary<int, int>()) { }")]
    [InlineData("_ = DateTime.Parse(\"2026-01-01\"); _ = Guid.Empty; _ = TimeSpan.FromDays(1);")]
    public void Checker_OnAGoodSample_IsSilent(string statement) => Assert.Empty(Check(statement).Offences);

    [Fact]
    public void Checker_OnAWorkflowInAnotherFile_FindsIt()
    {
        WorkflowSource source = new(DomainModel.Compile(
        [
            ("Workflows/Workflow.cs", "namespace D.Workflows; public abstract class Workflow<TInput, TOutput> { }"),
            ("Demo/Hidden.cs", "namespace D; public class Hidden : Workflows.Workflow<int, int> { }"),
            ("Demo/Shown.Workflow.cs", "namespace D; public class Shown : Workflows.Workflow<int, int> { }"),
        ]).Compilation);
        Assert.Contains("workflow Hidden must stand", Assert.Single(source.Hidden), StringComparison.Ordinal);
    }

    private static WorkflowSource Check(string statement) => new(DomainModel.Compile(
        [("Demo/Bad.Workflow.cs", $"namespace D; public class Bad {{ public async Task RunAsync(Task c) {{ await c; {statement} }} }}")]).Compilation);
}
