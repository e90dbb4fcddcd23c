using System.Collections.Concurrent;
using System.Collections.Immutable;
using Pulumi.Testing;

namespace MlOps.Infra.Tests;

/// <summary>Stands for Azure: gives back what was asked for, with the properties that Azure would compute.</summary>
internal sealed class AzureMocks : IMocks
{
    public ConcurrentQueue<Made> Made { get; } = new();

    public Task<(string? id, object state)> NewResourceAsync(MockResourceArgs args)
    {
        // What exists is read by its id, not made.
        if (args.Id is { Length: > 0 } existing)
            return Task.FromResult<(string?, object)>((existing, Map(("name", existing[(existing.LastIndexOf('/') + 1)..]))));
        string id = $"/azure/{args.Type}/{args.Name}";
        Made.Enqueue(new Made(args.Type!, args.Name!, id, args.Inputs));
        ImmutableDictionary<string, object> state = args.Inputs.ContainsKey("name") ? args.Inputs : args.Inputs.Add("name", args.Name!);
        return Task.FromResult<(string?, object)>((id, Computed(args.Type!, args.Name!).Aggregate(state, (all, one) => all.SetItem(one.Key, one.Value))));
    }

    public Task<object> CallAsync(MockCallArgs args) => Task.FromResult<object>(args.Token switch
    {
        "azure-native:authorization:getClientConfig" => Map(("clientId", "client"), ("objectId", "object"), ("subscriptionId", "subscription"), ("tenantId", "tenant")),
        _ => throw new NotSupportedException(args.Token),
    });

    private static ImmutableDictionary<string, object> Computed(string type, string name) => type switch
    {
        "azure-native:storage:StorageAccount" => Map(("primaryEndpoints", Map(("blob", $"https://{name}.blob/"), ("queue", $"https://{name}.queue/"), ("table", $"https://{name}.table/")))),
        "azure-native:managedidentity:UserAssignedIdentity" => Map(("principalId", $"{name}-principal"), ("clientId", $"{name}-client")),
        "azure-native:eventgrid:SystemTopic" => Map(("identity", Map(("principalId", $"{name}-principal"), ("type", "SystemAssigned")))),
        "azure-native:applicationinsights:Component" => Map(("connectionString", "InstrumentationKey=public;IngestionEndpoint=https://in/")),
        "azure-native:durabletask:Scheduler" => Map(("properties", Map(("endpoint", "https://scheduler.durabletask.io")))),
        // In: a list of ids; out: a map from id to principal.
        "azure-native:web:WebApp" => Map(("identity", Map(("type", "UserAssigned"))), ("defaultHostName", $"{name}.azurewebsites.net")),
        _ => ImmutableDictionary<string, object>.Empty,
    };

    private static ImmutableDictionary<string, object> Map(params (string Key, object Value)[] entries) =>
        entries.ToImmutableDictionary(e => e.Key, e => e.Value);
}
