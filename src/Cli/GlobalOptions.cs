using System.CommandLine;

namespace MlOps.Cli;

/// <summary>Options that every command takes.</summary>
internal static class GlobalOptions
{
    public static readonly Option<bool> Json = new("--json")
    {
        Description = "One JSON document on stdout, nothing else.",
        Recursive = true,
    };

    public static readonly Option<string> Data = new("--data")
    {
        Description = "The data directory (default ./.mlops).",
        DefaultValueFactory = _ => ".mlops",
        Recursive = true,
    };

    public static readonly Option<string?> Storage = new("--storage")
    {
        Description = "Keep metadata and blobs in a storage account instead of the data directory: azurite, an account's name, or (better in the environment variable MLOPS_STORAGE) a connection string.",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable("MLOPS_STORAGE"),
        Recursive = true,
    };

    public static readonly Option<string?> Server = new("--server")
    {
        Description = "Work against a running server at this URL instead of a data directory.",
        Recursive = true,
    };

    public static readonly Option<string?> Token = new("--token")
    {
        Description = "The access token for --server (default: the environment variable MLOPS_TOKEN).",
        Recursive = true,
    };
}
