using System.Diagnostics;
using System.Text.RegularExpressions;
using MlOps.Azure.Storage;
using MlOps.Contracts;

namespace MlOps.Azure.Tests.Storage;

/// <summary>
/// The storage emulator as a process of its own, on ports that were free, with everything in memory. Looked for at MLOPS_AZURITE, as
/// <c>azurite</c> on the path, and as what npx has already; where it is absent the tests are skipped, or fail (<see cref="Needed"/>).
/// </summary>
public sealed partial class Azurite : IAsyncLifetime
{
    private const string Account = "devstoreaccount1";
    private const string DurableAccount = "durableaccount";
    private const string Key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
    private const string Arguments = "--blobPort 0 --queuePort 0 --tablePort 0 --blobHost 127.0.0.1 --queueHost 127.0.0.1 --tableHost 127.0.0.1 "
        + "--inMemoryPersistence --skipApiVersionCheck --disableTelemetry";

    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);

    private readonly Dictionary<string, string> _endpoints = [];
    private Process? _process;
    private string? _absent;

    /// <summary>The connection; skips the test where there is no emulator.</summary>
    public AzureConnection Connection => new(ConnectionString);

    /// <inheritdoc cref="Connection"/>
    public string ConnectionString => To(Account);

    /// <summary>An account for what runs on Durable: one belongs to one engine.</summary>
    public AzureConnection DurableConnection => new(DurableConnectionString);

    /// <inheritdoc cref="DurableConnection"/>
    public string DurableConnectionString => To(DurableAccount);

    private string To(string account)
    {
        Needed.Have(_absent is null, "azurite", _absent ?? "");
        return $"DefaultEndpointsProtocol=http;AccountName={account};AccountKey={Key};BlobEndpoint={_endpoints["Blob"]}/{account};TableEndpoint={_endpoints["Table"]}/{account}";
    }

    public async Task InitializeAsync()
    {
        foreach ((string file, string before) in Candidates())
        {
            if (await StartsAsync(file, before + Arguments))
                return;
        }

        _absent = "npm install -g azurite (or set MLOPS_AZURITE to its executable); it was not found, or did not say in time that its three services listen";
    }

    public async Task DisposeAsync()
    {
        if (_process is null)
            return;
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static IEnumerable<(string File, string Before)> Candidates()
    {
        string suffix = OperatingSystem.IsWindows() ? ".cmd" : "";
        if (Environment.GetEnvironmentVariable("MLOPS_AZURITE") is { Length: > 0 } given)
            yield return (given, "");
        yield return ("azurite" + suffix, "");
        yield return ("npx" + suffix, "--no-install azurite ");
    }

    /// <summary>False when there is no such program, or it ends before all three services listen.</summary>
    private async Task<bool> StartsAsync(string file, string arguments)
    {
        try
        {
            var start = new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
            start.Environment["AZURITE_ACCOUNTS"] = $"{Account}:{Key};{DurableAccount}:{Key}";
            _process = Process.Start(start);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }

        using var timeout = new CancellationTokenSource(StartTimeout);
        using CancellationTokenRegistration kill = timeout.Token.Register(() => _process!.Kill(entireProcessTree: true));
        _process!.BeginErrorReadLine();
        while (_endpoints.Count < 3 && await _process.StandardOutput.ReadLineAsync(CancellationToken.None) is string line)
        {
            if (Listening().Match(line) is { Success: true } match)
                _endpoints[match.Groups[1].Value] = match.Groups[2].Value;
        }

        // Read on, or the emulator stops when the pipe is full.
        _ = _process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
        return _endpoints.Count == 3;
    }

    [GeneratedRegex(@"(Blob|Queue|Table) service is successfully listening (?:on|at) (http://127\.0\.0\.1:\d+)")]
    private static partial Regex Listening();
}

/// <summary>One emulator for all; alone, because one suite measures what the process allocates.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class WithAzurite : ICollectionFixture<Azurite>
{
    public const string Name = "azurite";
}
