using System.CommandLine;

namespace MlOps.Cli;

/// <summary>Carries the edition to the commands.</summary>
internal sealed class EditionInvocation(Edition edition) : InvocationConfiguration
{
    private readonly Edition _edition = edition;

    public static Edition Of(ParseResult parsed) => ((EditionInvocation)parsed.InvocationConfiguration)._edition;
}
