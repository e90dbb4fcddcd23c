using System.Collections.Concurrent;
using System.Reflection;

namespace MlOps.Api.Tests.Serving;

/// <summary>
/// Objects of our own types that hang on another object, by their fields and elements, whoever else holds them. What is held weakly, by the runtime or
/// by static fields is not seen.
/// </summary>
internal sealed class ReachableObjects
{
    private const BindingFlags Own = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private static readonly ConcurrentDictionary<Type, FieldInfo[]> Fields = new();

    private readonly HashSet<object> _seen = new(ReferenceEqualityComparer.Instance);
    private readonly Stack<object> _waiting = new();
    private readonly Dictionary<Type, int> _counts = [];

    /// <summary>How many of each type of the assemblies <c>MlOps.*</c>, value types left out.</summary>
    public static IReadOnlyDictionary<Type, int> Of(object root)
    {
        var all = new ReachableObjects();
        all.Meet(root);
        while (all._waiting.TryPop(out object? next))
            all.Visit(next);
        return all._counts;
    }

    private void Meet(object? found)
    {
        // Types and what describes them lead to all of the program.
        if (found is null or string or MemberInfo or Assembly or Module or Pointer || !MayRefer(found.GetType()))
            return;
        if (found.GetType().IsValueType || _seen.Add(found))
            _waiting.Push(found);
    }

    private void Visit(object found)
    {
        Type type = found.GetType();
        if (!type.IsValueType && type.Assembly.GetName().Name!.StartsWith("MlOps.", StringComparison.Ordinal))
            _counts[type] = _counts.GetValueOrDefault(type) + 1;
        if (found is Array array)
        {
            foreach (object? element in array)
                Meet(element);
            return;
        }

        foreach (FieldInfo field in Fields.GetOrAdd(type, static t => [.. FieldsOf(t)]))
            Meet(field.GetValue(found));
    }

    private static IEnumerable<FieldInfo> FieldsOf(Type type)
    {
        for (Type? at = type; at is not null; at = at.BaseType)
        {
            foreach (FieldInfo field in at.GetFields(Own))
            {
                if (MayRefer(field.FieldType))
                    yield return field;
            }
        }
    }

    private static bool MayRefer(Type type) =>
        !type.IsPrimitive && !type.IsEnum && !type.IsPointer && !type.IsFunctionPointer && !type.IsByRefLike
        && !(type.IsArray && (type.GetElementType() is { IsPrimitive: true } or { IsPointer: true } || type.GetElementType() == typeof(string)));
}
