namespace MlOps.Domain.Storage;

/// <summary>
/// A stored file on its way to a caller: its bytes, or, where it is large and the store gives links, a link, so that it does not pass
/// through this process. One of the two is null.
/// </summary>
public sealed record Download(Stream? Content, Uri? Link)
{
    /// <summary>From here on a second request costs less than the way through the host.</summary>
    public const long Large = 16L << 20;

    /// <summary>For slow lines; whoever begins within it may read to the end.</summary>
    internal static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(15);

    /// <param name="content">Disposed when a link takes its place.</param>
    /// <param name="link">Asked for a large file alone. Where the account does not sign just now, the bytes go out.</param>
    internal static async Task<Download> OfAsync(Stream content, Func<Task<Uri?>> link)
    {
        try
        {
            if (!content.CanSeek || content.Length < Large || await link() is not { } url)
                return new(content, null);
            await content.DisposeAsync();
            return new(null, url);
        }
        catch (MlOpsException e) when (e.Kind == ErrorKind.Unavailable)
        {
            return new(content, null);
        }
        catch
        {
            await content.DisposeAsync();
            throw;
        }
    }
}
