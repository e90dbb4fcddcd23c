using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace MlOps.Bench.Serving.Profile;

/// <summary>
/// A list of methods as crossgen2 reads it (MIBC): an assembly whose code is the list. The global method <c>AssemblyDictionary</c> has for
/// every group, by the assemblies that it names, <c>ldstr names, ldtoken group, pop</c>; a group <c>ldtoken method, pop</c> for each of its
/// methods. (Source: dotnet/runtime, ILCompiler.ReadyToRun/IBC/MIbcProfileParser.cs.) The same methods make the same file.
/// </summary>
internal static class ProfileFile
{
    private static readonly BlobContentId s_id = new(new Guid("7f2ce6ab-9f4a-4f43-8dc5-4b5a6f2e4a12"), 1);

    public static void Write(IReadOnlyList<MethodBase> methods, string file)
    {
        var tokens = new MethodTokens();
        MetadataBuilder metadata = tokens.Metadata;
        StringHandle name = metadata.GetOrAddString("start");
        metadata.AddModule(0, name, metadata.GetOrAddGuid(s_id.Guid), default, default);
        metadata.AddAssembly(name, new Version(1, 0, 0, 0), default, default, 0, AssemblyHashAlgorithm.None);
        metadata.AddTypeDefinition(0, default, metadata.GetOrAddString("<Module>"), default, MetadataTokens.FieldDefinitionHandle(1), MetadataTokens.MethodDefinitionHandle(1));
        var code = new BlobBuilder();
        var bodies = new MethodBodyStreamEncoder(code);
        var groups = new InstructionEncoder(new BlobBuilder());
        foreach (IGrouping<string, MethodBase> group in methods.GroupBy(Assemblies).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            groups.LoadString(metadata.GetOrAddUserString(group.Key));
            Add(groups, Define(metadata, bodies, "Assemblies_" + group.Key, List(tokens, group)));
        }

        Define(metadata, bodies, "AssemblyDictionary", groups);
        var image = new BlobBuilder();
        new ManagedPEBuilder(PEHeaderBuilder.CreateLibraryHeader(), new MetadataRootBuilder(metadata), code, deterministicIdProvider: _ => s_id).Serialize(image);
        using FileStream stream = File.Create(file);
        image.WriteContentTo(stream);
    }

    private static InstructionEncoder List(MethodTokens tokens, IEnumerable<MethodBase> methods)
    {
        var list = new InstructionEncoder(new BlobBuilder());
        foreach (MethodBase method in methods.OrderBy(m => $"{m.DeclaringType}:{m}", StringComparer.Ordinal))
        {
            if (tokens.TryOf(method) is { } token)
                Add(list, token);
        }

        return list;
    }

    private static void Add(InstructionEncoder list, EntityHandle token)
    {
        list.OpCode(ILOpCode.Ldtoken);
        list.Token(token);
        list.OpCode(ILOpCode.Pop);
    }

    private static MethodDefinitionHandle Define(MetadataBuilder metadata, MethodBodyStreamEncoder bodies, string name, InstructionEncoder list)
    {
        list.OpCode(ILOpCode.Ret);
        var signature = new BlobBuilder();
        new BlobEncoder(signature).MethodSignature().Parameters(0, r => r.Void(), _ => { });
        return metadata.AddMethodDefinition(
            MethodAttributes.Public | MethodAttributes.Static, MethodImplAttributes.IL, metadata.GetOrAddString(name), metadata.GetOrAddBlob(signature), bodies.AddMethodBody(list), default);
    }

    /// <summary>The names of the assemblies that are needed to name the method, its own first.</summary>
    private static string Assemblies(MethodBase method)
    {
        var others = new SortedSet<string>(StringComparer.Ordinal);
        if (method.DeclaringType is { } owner)
            Collect(owner, others);
        foreach (Type argument in method.IsGenericMethod ? method.GetGenericArguments() : [])
            Collect(argument, others);
        string own = method.Module.Assembly.GetName().Name!;
        others.Remove(own);
        return string.Concat(others.Prepend(own).Select(a => a + ";"));
    }

    private static void Collect(Type type, SortedSet<string> names)
    {
        if (type.GetElementType() is { } element)
        {
            Collect(element, names);
        }
        else if (!type.IsPrimitive && !MethodTokens.IsShared(type))
        {
            names.Add(type.Assembly.GetName().Name!);
            foreach (Type argument in type.GenericTypeArguments)
                Collect(argument, names);
        }
    }
}
