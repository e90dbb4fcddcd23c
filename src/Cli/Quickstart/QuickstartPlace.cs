using System.CommandLine;
using MlOps.Server;

namespace MlOps.Cli.Quickstart;

/// <summary>Where a quickstart happens: the directory given, which must be empty and stays, or one of its own, which goes with it.</summary>
internal sealed class QuickstartPlace : IDisposable
{
    private readonly bool _own;

    private QuickstartPlace(string folder, bool own)
    {
        Directory = new DataDirectory(folder);
        _own = own;
    }

    public DataDirectory Directory { get; }

    /// <exception cref="MlOpsException">Invalid <c>quickstart-data</c>: quickstart never touches data that is there.</exception>
    public static QuickstartPlace Of(ParseResult parsed)
    {
        if (parsed.GetResult(GlobalOptions.Data) is null or { Implicit: true })
            return new QuickstartPlace(System.IO.Directory.CreateTempSubdirectory("mlops-quickstart-").FullName, own: true);
        string given = parsed.GetRequiredValue(GlobalOptions.Data);
        if (System.IO.Directory.Exists(given) && System.IO.Directory.EnumerateFileSystemEntries(given).Any())
            throw MlOpsException.Invalid("quickstart-data", $"quickstart begins with an empty data directory, and {given} is not empty; name another with --data, or leave --data out");
        return new QuickstartPlace(given, own: false);
    }

    public void Dispose()
    {
        if (_own)
            System.IO.Directory.Delete(Directory.Root, recursive: true);
    }
}
