using MlOps.Domain.Workflows;

namespace MlOps.Contracts.Workflows;

/// <summary>What every workflow engine must do, in one class a theme; a subclass of each brings the engine.</summary>
public abstract class WorkflowContract : IAsyncLifetime
{
    private WorkflowFixture? _fixture;

    protected Calls Calls { get; } = new();

    protected static CancellationToken None => CancellationToken.None;

    protected abstract Task<WorkflowFixture> OpenAsync(WorkflowCatalog catalog, int maxConcurrentActivities);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_fixture is not null)
            await _fixture.DisposeAsync();
    }

    protected WorkflowCatalog Catalog() => new WorkflowCatalog().Add(Calls.Echo);

    protected static Task<string> Echo(IWorkflowContext context, string input) => context.CallActivityAsync<string>("echo", input);

    protected async Task<WorkflowFixture> OpenAsync(WorkflowCatalog catalog) => _fixture = await OpenAsync(catalog, 8);

    protected async Task<WorkflowFixture> WithAsync<TInput, TOutput>(string name, Func<IWorkflowContext, TInput, Task<TOutput>> run, int maxConcurrentActivities = 8) =>
        _fixture = await OpenAsync(Catalog().Add(new InlineWorkflow<TInput, TOutput>(name, run)), maxConcurrentActivities);
}
