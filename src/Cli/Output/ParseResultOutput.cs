using System.CommandLine;

namespace MlOps.Cli.Output;

internal static class ParseResultOutput
{
    /// <summary>The output of the command line being run.</summary>
    public static CommandOutput Output(this ParseResult parsed) =>
        new(parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error, parsed.GetValue(GlobalOptions.Json));
}
