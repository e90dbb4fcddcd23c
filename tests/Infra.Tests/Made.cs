using System.Collections;
using System.Collections.Immutable;

namespace MlOps.Infra.Tests;

/// <summary>A resource as the stack asked the engine for it. Keys are the provider's own (camel case).</summary>
public sealed record Made(string Type, string Name, string Id, ImmutableDictionary<string, object> Inputs)
{
    /// <summary>The value below a path of keys, or null where the stack said nothing.</summary>
    public object? this[params string[] path] => path.Aggregate<string, object?>(Inputs, (at, key) =>
        at is ImmutableDictionary<string, object> map && map.TryGetValue(key, out object? value) ? value : null);

    public string? Text(params string[] path) => this[path] as string;

    public IReadOnlyList<object> List(params string[] path) => this[path] is IEnumerable items and not string ? [.. items.Cast<object>()] : [];

    /// <summary>Every text anywhere in the inputs.</summary>
    public IEnumerable<string> Texts() => TextsOf(Inputs);

    public override string ToString() => $"{Type} {Name}";

    private static IEnumerable<string> TextsOf(object? value) => value switch
    {
        string text => [text],
        ImmutableDictionary<string, object> map => map.Values.SelectMany(TextsOf),
        IEnumerable items => items.Cast<object>().SelectMany(TextsOf),
        _ => [],
    };
}
