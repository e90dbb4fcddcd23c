using System.Runtime.CompilerServices;
using System.Text.Json;

namespace MlOps.Api.Inference;

/// <summary>
/// The members of an object that a protocol knows. Others are passed over, but they are read to their end: a body is well-formed as a
/// whole or not at all. Of a name that is there twice the last counts.
/// </summary>
internal struct JsonMembers
{
    private const int Most = 6;

    private Slots _slots;

    /// <summary>The member of the name given there; the default value when there is none.</summary>
    public readonly JsonSlice this[int name] => _slots[name];

    /// <exception cref="JsonException">What is not asked for, or is no object, is not well-formed.</exception>
    public static JsonMembers Of(JsonSlice value, params ReadOnlySpan<string> names)
    {
        var members = default(JsonMembers);
        if (value.Kind == JsonValueKind.Object)
            members.Walk(value.Parts(), names);
        else if (value.Kind != JsonValueKind.Undefined)
            value.Check();
        return members;
    }

    private void Walk(JsonParts parts, ReadOnlySpan<string> names)
    {
        while (parts.MoveNext())
        {
            int name = IndexOf(in parts, names);
            JsonSlice unread = name < 0 ? parts.Current : _slots[name];
            if (name >= 0)
                _slots[name] = parts.Current;
            if (unread.Kind != JsonValueKind.Undefined)
                unread.Check();
        }
    }

    private static int IndexOf(in JsonParts parts, ReadOnlySpan<string> names)
    {
        for (int i = 0; i < names.Length; i++)
        {
            if (parts.NameIs(names[i]))
                return i;
        }

        return -1;
    }

    [InlineArray(Most)]
    private struct Slots
    {
        private JsonSlice _first;
    }
}
