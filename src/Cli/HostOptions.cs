using System.CommandLine;
using MlOps.Embedded;
using MlOps.Server;

namespace MlOps.Cli;

/// <summary>How this command hosts, when it does: for the whole time (`serve`) or for the length of another command.</summary>
internal static class HostOptions
{
    /// <exception cref="MlOpsException">Invalid <c>storage-unknown</c>: this build has no adapter for storage accounts.</exception>
    public static ServerOptions Host(this ParseResult parsed, DataDirectory data)
    {
        Edition edition = EditionInvocation.Of(parsed);
        var options = new ServerOptions { Data = data, Trainers = edition.Trainers };
        if (parsed.GetValue(GlobalOptions.Storage) is not { Length: > 0 } storage)
            return options;
        Func<string, TimeProvider, CancellationToken, Task<IHostStores>> open = edition.OpenStorage ?? throw MlOpsException.Invalid(
            "storage-unknown", "this build keeps everything in the data directory; --storage comes with mlops-cloud: dotnet run -c Release --project src/CloudCli -- serve --storage azurite");
        return options with { OpenStores = cancellationToken => open(storage, options.Time, cancellationToken) };
    }
}
