using System.Text.Json.Nodes;

namespace MlOps.Api.OpenApi;

/// <summary>What is said of a route beyond what it says itself.</summary>
internal sealed record Operation(string Summary)
{
    /// <summary>The type of the JSON that it answers; null: not told.</summary>
    public Type? Answer { get; init; }

    /// <summary>Instead, the name of a component.</summary>
    public string? AnswerComponent { get; init; }

    /// <summary>It answers <c>{"items": [...], "next"?}</c> of <see cref="Answer"/>.</summary>
    public bool IsList { get; init; }

    /// <summary>Null: nothing is answered.</summary>
    public string? AnswerType { get; init; } = "application/json";

    public string Status { get; init; } = "200";

    /// <summary>The type of the JSON that it takes, or the name of a component.</summary>
    public Type? Body { get; init; }

    public string? BodyComponent { get; init; }

    public string BodyType { get; init; } = "application/json";

    public bool BodyRequired { get; init; } = true;

    /// <summary>Parameters of the query, all optional.</summary>
    public IReadOnlyList<string> Query { get; init; } = [];

    public JsonNode? BodySchema(JsonObject schemas) => Body is not null ? Schemas.Of(Body, schemas)
        : BodyComponent is not null ? Schemas.Ref(BodyComponent)
        : BodyType == "application/json" ? null : new JsonObject();

    public JsonNode? AnswerSchema(JsonObject schemas)
    {
        if (Answer is null)
            return AnswerComponent is null ? null : Schemas.Ref(AnswerComponent);
        JsonObject one = Schemas.Of(Answer, schemas);
        return IsList ? Schemas.Object(["items"], ("items", Schemas.ListOf(one)), ("next", Schemas.Typed("string"))) : one;
    }
}
