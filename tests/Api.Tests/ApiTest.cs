namespace MlOps.Api.Tests;

/// <summary>A test with an API of its own.</summary>
public abstract class ApiTest : IAsyncLifetime
{
    protected ApiHost Api { get; private set; } = null!;

    protected static CancellationToken None => CancellationToken.None;

    protected virtual ApiOptions Options => new();

    public virtual async Task InitializeAsync() => Api = await ApiHost.StartAsync(Options);

    public async Task DisposeAsync() => await Api.DisposeAsync();
}
