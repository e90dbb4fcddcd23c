namespace MlOps.Cli.Api;

/// <summary>
/// Sends each request on a connection of its own, made before. A request that only reads is sent again when its connection breaks;
/// one that changes something never is, since it may have been carried out.
/// </summary>
internal sealed class DirectoryHandler : DelegatingHandler
{
    private const int Attempts = 5;

    private static readonly HttpRequestOptionsKey<Stream> Connected = new("mlops-connection");

    private readonly DirectoryConnection _connection;

    public DirectoryHandler(DirectoryConnection connection)
        : base(new SocketsHttpHandler
        {
            UseProxy = false,
            PooledConnectionLifetime = TimeSpan.Zero,
            ConnectCallback = (context, _) => context.InitialRequestMessage.Options.TryGetValue(Connected, out Stream? stream)
                ? ValueTask.FromResult(stream)
                : throw new InvalidOperationException("a request came without its connection"),
        }) => _connection = connection;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            Stream stream = await _connection.ConnectAsync(cancellationToken);
            request.Options.Set(Connected, stream);
            try
            {
                return await base.SendAsync(request, cancellationToken);
            }
            catch (Exception e)
            {
                await stream.DisposeAsync();
                if (e is not HttpRequestException || request.Method != HttpMethod.Get || attempt == Attempts)
                    throw;
            }
        }
    }
}
