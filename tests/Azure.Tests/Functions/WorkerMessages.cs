using System.Reflection;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Microsoft.Azure.Functions.Worker.Core.FunctionMetadata;

namespace MlOps.Azure.Tests.Functions;

/// <summary>
/// Gives the worker the messages of the Functions host. The worker's types for them are internal, so they are made from JSON; the classes
/// that handle them are the worker's own.
/// </summary>
internal sealed class WorkerMessages(IServiceProvider services)
{
    private const BindingFlags Any = BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    private static readonly Assembly Grpc = Assembly.Load("Microsoft.Azure.Functions.Worker.Grpc");
    private static readonly Assembly Core = Assembly.Load("Microsoft.Azure.Functions.Worker.Core");

    private readonly object _handler = Service(services, Grpc, "Microsoft.Azure.Functions.Worker.Handlers.IInvocationHandler");

    public void Load(IFunctionMetadata function)
    {
        var bindings = new JsonObject();
        foreach (JsonNode binding in function.RawBindings!.Select(b => JsonNode.Parse(b)!))
            bindings[Text(binding, "name")] = new JsonObject { ["type"] = Text(binding, "type"), ["direction"] = Text(binding, "direction").ToLowerInvariant() };
        var request = new JsonObject
        {
            ["functionId"] = function.FunctionId,
            ["metadata"] = new JsonObject
            {
                ["name"] = function.Name,
                ["entryPoint"] = function.EntryPoint,
                ["scriptFile"] = function.ScriptFile,
                ["bindings"] = bindings,
            },
        };
        object application = Service(services, Core, "Microsoft.Azure.Functions.Worker.IFunctionsApplication");
        object locator = Service(services, Core, "Microsoft.Azure.Functions.Worker.Invocation.IMethodInfoLocator");
        MethodInfo load = Grpc.GetType("Microsoft.Azure.Functions.Worker.GrpcWorker", true)!.GetMethod("FunctionLoadRequestHandler", Any)!;
        Check(Json(load.Invoke(null, [Message("FunctionLoadRequest", request), application, locator])!));
    }

    /// <returns>The worker's answer.</returns>
    public async Task<JsonNode> InvokeAsync(string functionId, string invocationId, params (string Name, string Value)[] inputs)
    {
        var request = new JsonObject
        {
            ["invocationId"] = invocationId,
            ["functionId"] = functionId,
            ["traceContext"] = new JsonObject(),
            ["retryContext"] = new JsonObject(),
            ["inputData"] = new JsonArray([.. inputs.Select(i => new JsonObject { ["name"] = i.Name, ["data"] = new JsonObject { ["string"] = i.Value } })]),
        };
        var answer = (Task)_handler.GetType().GetMethod("InvokeAsync", Any)!.Invoke(_handler, [Message("InvocationRequest", request)])!;
        await answer;
        return Json(answer.GetType().GetProperty("Result")!.GetValue(answer)!);
    }

    public static void Check(JsonNode answer)
    {
        if (answer["result"]?["exception"] is { } exception)
            throw new InvalidOperationException(exception.ToJsonString());
    }

    private static IMessage Message(string type, JsonObject json)
    {
        PropertyInfo descriptor = Grpc.GetType("Microsoft.Azure.Functions.Worker.Grpc.Messages." + type, true)!.GetProperty("Descriptor", Any)!;
        return ((MessageDescriptor)descriptor.GetValue(null)!).Parser.ParseJson(json.ToJsonString());
    }

    private static JsonNode Json(object message) => JsonNode.Parse(JsonFormatter.Default.Format((IMessage)message))!;

    private static object Service(IServiceProvider services, Assembly assembly, string type) =>
        services.GetService(assembly.GetType(type, throwOnError: true)!) ?? throw new InvalidOperationException($"the worker has no {type}");

    private static string Text(JsonNode binding, string name) => binding[name]!.GetValue<string>();
}
