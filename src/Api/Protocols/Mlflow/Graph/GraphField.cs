using System.Text.Json.Nodes;

namespace MlOps.Api.Protocols.Mlflow.Graph;

/// <summary>A field that a query asks for.</summary>
/// <param name="Alias">What it is called in the answer.</param>
/// <param name="Arguments">With the variables put in.</param>
/// <param name="Fields">What of it is asked for; empty of a value.</param>
internal sealed record GraphField(string Alias, string Name, JsonObject Arguments, IReadOnlyList<GraphField> Fields)
{
    /// <summary>Whether it asks for a field, and of that for another.</summary>
    public bool Asks(string name, string inner) => Fields.Any(f => f.Name == name && f.Fields.Any(i => i.Name == inner));
}

internal static class GraphError
{
    public const string Code = "graphql-invalid";

    public static MlOpsException Of(string why) => MlOpsException.Invalid(Code, $"the GraphQL query is wrong: {why}");
}
