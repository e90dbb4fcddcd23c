namespace MlOps.Contracts;

/// <summary>What an adapter gives its contract suite: a store that starts empty, and can be closed and opened again.</summary>
public interface IStoreHost<T> : IAsyncDisposable
{
    /// <summary>Opens the store; a second call closes the first one before, and finds what it held.</summary>
    Task<T> OpenAsync();
}
