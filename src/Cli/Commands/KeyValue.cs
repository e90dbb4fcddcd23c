using System.CommandLine;
using System.CommandLine.Parsing;

namespace MlOps.Cli.Commands;

/// <summary>Options of the form `key=value`, any number of them.</summary>
internal static class KeyValue
{
    public static Option<Dictionary<string, string>> Option(string name, string description) => new(name)
    {
        Description = description,
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = true,
        CustomParser = Parse,
        DefaultValueFactory = _ => [],
    };

    private static Dictionary<string, string> Parse(ArgumentResult result)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (Token token in result.Tokens)
        {
            int equals = token.Value.IndexOf('=');
            if (equals < 1)
                result.AddError($"'{token.Value}' is not of the form key=value");
            else if (!values.TryAdd(token.Value[..equals], token.Value[(equals + 1)..]))
                result.AddError($"'{token.Value[..equals]}' is given twice");
        }

        return values;
    }
}
