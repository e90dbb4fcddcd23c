using System.Text.Json.Nodes;
using MlOps.Api.Http;
using MlOps.Domain.Access;

namespace MlOps.Api.OpenApi;

/// <summary>The paths of the document, with their operations.</summary>
/// <param name="schemas">Where schemas of types are put as operations refer to them.</param>
internal sealed class OpenApiPaths(ApiOptions options, JsonObject schemas)
{
    public JsonObject Paths { get; } = [];

    public void Add(MappedRoute route)
    {
        Operation known = Operations.Of(route);
        JsonObject operation = Operation(route, route.Template, known.Summary);
        var parameters = new JsonArray([.. route.Parameters.Select(p => Parameter("path", p, true)), .. known.Query.Select(q => Parameter("query", q, false))]);
        if (parameters.Count > 0)
            operation["parameters"] = parameters;
        if (known.BodySchema(schemas) is { } body)
            operation["requestBody"] = Body(known.BodyType, body, known.BodyRequired);
        ((JsonObject)operation["responses"]!)[known.Status] = Answer(known.AnswerType, known.AnswerSchema(schemas));
    }

    /// <summary>An operation of one model.</summary>
    /// <param name="like">The route that answers it.</param>
    public void Add(MappedRoute like, string path, string summary, JsonNode body, JsonNode answer, JsonNode example, string model, string protocol)
    {
        JsonObject operation = Operation(like, path, summary);
        operation["requestBody"] = Body("application/json", body, true);
        operation["requestBody"]!["content"]!["application/json"]!["example"] = example;
        operation["x-mlops-model"] = model;
        operation["x-mlops-protocol"] = protocol;
        ((JsonObject)operation["responses"]!)["200"] = Answer("application/json", answer);
    }

    private JsonObject Operation(MappedRoute route, string path, string summary)
    {
        if (Paths[path] is not JsonObject item)
            Paths[path] = item = [];
        var operation = new JsonObject
        {
            ["operationId"] = Schemas.Name($"{route.Method.ToLowerInvariant()}{path.Replace('/', '-')}"),
            ["summary"] = summary,
            ["tags"] = new JsonArray(Tag(route)),
            ["security"] = Security(route.Role),
            ["responses"] = new JsonObject { ["default"] = Error(route.Shape) },
        };
        if (route.Role is { } role)
            operation["x-mlops-role"] = role.ToString().ToLowerInvariant();
        item[route.Method.ToLowerInvariant()] = operation;
        return operation;
    }

    private JsonArray Security(Role? role) => role is null ? []
        : options.OpenOnLoopback ? [new JsonObject { ["bearer"] = new JsonArray() }, new JsonObject()]
        : [new JsonObject { ["bearer"] = new JsonArray() }];

    private static string Tag(MappedRoute route) => route.Path.Split('/', StringSplitOptions.RemoveEmptyEntries) switch
    {
        ["api", "v1", var slice, ..] => slice,
        ["api" or "ajax-api", "2.0" or "3.0", var part, ..] => part,
        ["v2", ..] => "open inference v2",
        ["v1", ..] => "tensorflow serving, kserve v1",
        ["endpoints", ..] => "sagemaker",
        [var first, ..] => first,
        _ => "other",
    };

    private static JsonObject Parameter(string where, string name, bool required) =>
        new() { ["name"] = name, ["in"] = where, ["required"] = required, ["schema"] = new JsonObject { ["type"] = "string" } };

    private static JsonObject Body(string type, JsonNode schema, bool required) =>
        new() { ["required"] = required, ["content"] = new JsonObject { [type] = new JsonObject { ["schema"] = schema } } };

    private static JsonObject Answer(string? type, JsonNode? schema)
    {
        var answer = new JsonObject { ["description"] = "Done." };
        if (type is not null)
            answer["content"] = new JsonObject { [type] = schema is null ? [] : new JsonObject { ["schema"] = schema } };
        return answer;
    }

    private static JsonObject Error(ErrorShape shape) => new()
    {
        ["description"] = "What went wrong.",
        ["content"] = new JsonObject
        {
            [shape == ErrorShape.Problem ? "application/problem+json" : "application/json"] = new JsonObject
            {
                ["schema"] = Schemas.Ref(shape switch { ErrorShape.Problem => ProtocolSchemas.Problem, ErrorShape.Mlflow or ErrorShape.MlflowTracking => ProtocolSchemas.MlflowError, ErrorShape.SageMaker => ProtocolSchemas.SageMakerError, _ => ProtocolSchemas.Error }),
            },
        },
    };
}
