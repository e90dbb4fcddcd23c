using System.Buffers;
using System.Text.Json;
using MlOps.Api.Http;
using MlOps.Api.Inference;

namespace MlOps.Api.Protocols.TensorFlowServing;

/// <summary>
/// The body of <c>:classify</c> and <c>:regress</c>: <c>examples</c>, an object of features each, and <c>context</c>, features that all
/// of them share. A feature's value may be a list of one.
/// </summary>
internal static class ExampleRequest
{
    /// <summary>The context is copied into every example: so large may all the copies be together, in bytes.</summary>
    private const long MaxCopied = 16 << 20;

    /// <summary>The examples as records, the context in each of them.</summary>
    /// <exception cref="MlOpsException">Invalid <c>json-invalid</c>, <c>signature-unknown</c>; TooLarge <c>context-too-large</c>.</exception>
    public static RecordRows Parse(JsonSlice body)
    {
        if (body.Kind != JsonValueKind.Object)
            throw JsonFields.Invalid($"the body is {body.Shown()}, expected an object with 'examples'");
        JsonMembers members = body.Members("examples", "context", "signature_name");
        ServingSignature.Parse(members[2]);
        JsonSlice examples = members[0];
        if (examples.Kind != JsonValueKind.Array)
            throw JsonFields.Invalid($"'examples' is {examples.Shown()}, expected an array of objects");
        JsonSlice context = members[1];
        if (context.IsGiven && context.Kind != JsonValueKind.Object)
            throw JsonFields.Invalid($"'context' is {context.Shown()}, expected an object of features");
        CheckSize(examples, context);
        return new RecordRows(Merged(examples, context));
    }

    private static void CheckSize(JsonSlice examples, JsonSlice context)
    {
        if (!context.IsGiven)
            return;
        long copied = (long)examples.Count() * context.Bytes.Length;
        if (copied > MaxCopied)
            throw MlOpsException.TooLarge("context-too-large", $"the context of {context.Bytes.Length:N0} bytes for each of {examples.Count():N0} examples makes {copied:N0} bytes, allowed are {MaxCopied:N0}; send fewer examples at a time");
    }

    private static JsonSlice Merged(JsonSlice examples, JsonSlice context)
    {
        var records = new ArrayBufferWriter<byte>();
        HashSet<string> shared = Names(context);
        records.Write("["u8);
        int index = 0;
        JsonParts parts = examples.Parts();
        while (parts.MoveNext())
        {
            if (parts.Current.Kind != JsonValueKind.Object)
                throw JsonFields.Invalid($"example {index} is {parts.Current.Shown()}, expected an object of features");
            records.Write(index == 0 ? "{"u8 : ",{"u8);
            bool first = true;
            CopyMembers(context, [], index, ref first, records);
            CopyMembers(parts.Current, shared, index++, ref first, records);
            records.Write("}"u8);
        }

        records.Write("]"u8);
        return new JsonSlice(records.WrittenMemory);
    }

    private static HashSet<string> Names(JsonSlice context)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        if (!context.IsGiven)
            return names;
        JsonParts members = context.Parts();
        while (members.MoveNext())
            names.Add(members.Name());
        return names;
    }

    private static void CopyMembers(JsonSlice from, HashSet<string> shared, int index, ref bool first, ArrayBufferWriter<byte> to)
    {
        if (!from.IsGiven)
            return;
        JsonParts members = from.Parts();
        while (members.MoveNext())
        {
            string name = members.Name();
            if (shared.Contains(name))
                throw JsonFields.Invalid($"example {index} has the feature '{name}', which is in the context too: give it once");
            if (!first)
                to.Write(","u8);
            first = false;
            to.Write(JsonSerializer.SerializeToUtf8Bytes(name));
            to.Write(":"u8);
            to.Write(Single(members.Current).Span);
        }
    }

    /// <summary>The item of a list of one; any other value as it is.</summary>
    private static JsonSlice Single(JsonSlice value)
    {
        if (value.Kind != JsonValueKind.Array || value.Count() != 1)
            return value;
        JsonParts items = value.Parts();
        items.MoveNext();
        return items.Current;
    }
}
