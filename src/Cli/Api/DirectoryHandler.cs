using System.Net;

namespace MlOps.Cli.Api;

/// <summary>
/// Sends each request on a connection of its own, made before. A request that only reads is sent again when its connection breaks;
/// one that changes something never is, since it may have been carried out.
/// </summary>
internal sealed class DirectoryHandler : DelegatingHandler
{
    private const int Attempts = 5;

    private static readonly HttpRequestOptionsKey<Stream?> Connected = new("mlops-connection");

    private static readonly HttpMessageInvoker Outside = new(new SocketsHttpHandler());

    private readonly Func<CancellationToken, Task<Stream>> _connect;

    /// <param name="connect">Makes a connection that the owner serves to its end. It is closed with the answer, or with whatever comes instead of one.</param>
    public DirectoryHandler(Func<CancellationToken, Task<Stream>> connect)
        : base(new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            PooledConnectionLifetime = TimeSpan.Zero,
            ConnectCallback = (context, _) => ValueTask.FromResult(TakeConnection(context.InitialRequestMessage)),
        }) => _connect = connect;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            Stream stream = await _connect(cancellationToken);
            request.Options.Set(Connected, stream);
            try
            {
                HttpResponseMessage response = await base.SendAsync(request, cancellationToken);
                return response is { StatusCode: HttpStatusCode.Redirect, Headers.Location: { IsAbsoluteUri: true } link } ? await FollowAsync(response, link, cancellationToken) : response;
            }
            catch (Exception e)
            {
                // Also when it was not the connection that broke, as on Ctrl-C: its owner waits for it to end.
                await stream.DisposeAsync();
                if (e is not HttpRequestException)
                    throw;
                // Whatever broke, it broke after the connection was made: the request may have arrived.
                if (request.Method != HttpMethod.Get || attempt == Attempts)
                    throw new HttpRequestException(HttpRequestError.ResponseEnded, e.Message, e);
            }
        }
    }

    /// <summary>Where stores give links, the owner sends us to the store, which its socket does not lead to.</summary>
    private static async Task<HttpResponseMessage> FollowAsync(HttpResponseMessage response, Uri link, CancellationToken cancellationToken)
    {
        response.Dispose();
        using var request = new HttpRequestMessage(HttpMethod.Get, link);
        return await Outside.SendAsync(request, cancellationToken);
    }

    /// <summary>The connection of a request, once: the handler below would send a request without a body again by itself.</summary>
    private static Stream TakeConnection(HttpRequestMessage request)
    {
        if (!request.Options.TryGetValue(Connected, out Stream? stream) || stream is null)
            throw new IOException("the connection broke before the answer");
        request.Options.Set(Connected, null);
        return stream;
    }
}
