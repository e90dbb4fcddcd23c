using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace MlOps.Domain.Webhooks;

/// <summary>How receivers prove who they are.</summary>
public static class OutgoingTls
{
    /// <summary>
    /// As by default, but that a certificate which its receiver left out is not downloaded: that is done by the thread of the handshake, for as long as
    /// a server somewhere takes, and where one processor serves sockets in place everything else would wait.
    /// </summary>
    public static SslClientAuthenticationOptions Options() => new()
    {
        CertificateChainPolicy = new X509ChainPolicy { DisableCertificateDownloads = true, RevocationMode = X509RevocationMode.NoCheck },
    };
}
