using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;

namespace MlOps.Bench.Serving.Profile;

/// <summary>Tokens and signatures (ECMA-335, II.23.2) for types of other assemblies.</summary>
internal sealed class TypeTokens(MetadataBuilder metadata)
{
    /// <summary>In the place of all reference types, whose code is shared. In a list for crossgen2 it has an assembly of its own.</summary>
    public const string Shared = "System.__Canon";

    private const string SharedAssembly = "System.Private.Canon";

    private static readonly Dictionary<Type, PrimitiveTypeCode> s_primitives = new()
    {
        [typeof(bool)] = PrimitiveTypeCode.Boolean,
        [typeof(byte)] = PrimitiveTypeCode.Byte,
        [typeof(sbyte)] = PrimitiveTypeCode.SByte,
        [typeof(char)] = PrimitiveTypeCode.Char,
        [typeof(short)] = PrimitiveTypeCode.Int16,
        [typeof(ushort)] = PrimitiveTypeCode.UInt16,
        [typeof(int)] = PrimitiveTypeCode.Int32,
        [typeof(uint)] = PrimitiveTypeCode.UInt32,
        [typeof(long)] = PrimitiveTypeCode.Int64,
        [typeof(ulong)] = PrimitiveTypeCode.UInt64,
        [typeof(float)] = PrimitiveTypeCode.Single,
        [typeof(double)] = PrimitiveTypeCode.Double,
        [typeof(nint)] = PrimitiveTypeCode.IntPtr,
        [typeof(nuint)] = PrimitiveTypeCode.UIntPtr,
        [typeof(object)] = PrimitiveTypeCode.Object,
        [typeof(string)] = PrimitiveTypeCode.String,
    };

    private readonly Dictionary<string, AssemblyReferenceHandle> _assemblies = [];
    private readonly Dictionary<Type, EntityHandle> _types = [];

    /// <summary>A definition by its name, an instance or an array by its signature.</summary>
    public EntityHandle Token(Type type)
    {
        if (!type.IsConstructedGenericType && !type.IsArray)
            return Reference(type);
        if (_types.TryGetValue(type, out EntityHandle known))
            return known;
        var blob = new BlobBuilder();
        Encode(new BlobEncoder(blob).TypeSpecificationSignature(), type);
        return _types[type] = metadata.AddTypeSpecification(metadata.GetOrAddBlob(blob));
    }

    /// <exception cref="NotSupportedException">A pointer to a function, or a typed reference.</exception>
    public void Encode(SignatureTypeEncoder encoder, Type type)
    {
        if (type.IsFunctionPointer || type == typeof(TypedReference))
            throw new NotSupportedException(type.ToString());
        if (type.IsGenericMethodParameter)
            encoder.GenericMethodTypeParameter(type.GenericParameterPosition);
        else if (type.IsGenericTypeParameter)
            encoder.GenericTypeParameter(type.GenericParameterPosition);
        else if (type.IsSZArray)
            Encode(encoder.SZArray(), type.GetElementType()!);
        else if (type.IsArray)
            encoder.Array(e => Encode(e, type.GetElementType()!), s => s.Shape(type.GetArrayRank(), [], []));
        else if (type == typeof(void*))
            encoder.VoidPointer();
        else if (type.IsPointer)
            Encode(encoder.Pointer(), type.GetElementType()!);
        else if (type.IsGenericType)
            EncodeInstance(encoder, type);
        else if (s_primitives.TryGetValue(type, out PrimitiveTypeCode code))
            encoder.PrimitiveType(code);
        else
            encoder.Type(Reference(type), type.IsValueType);
    }

    private void EncodeInstance(SignatureTypeEncoder encoder, Type type)
    {
        Type[] arguments = type.GetGenericArguments();
        GenericTypeArgumentsEncoder each = encoder.GenericInstantiation(Reference(type.GetGenericTypeDefinition()), arguments.Length, type.IsValueType);
        foreach (Type argument in arguments)
            Encode(each.AddArgument(), argument);
    }

    private EntityHandle Reference(Type type)
    {
        if (_types.TryGetValue(type, out EntityHandle known))
            return known;
        EntityHandle scope = type.DeclaringType is { } outer ? Reference(outer) : Assembly(type.FullName == Shared ? SharedAssembly : type.Assembly.GetName().Name!);
        StringHandle space = type.Namespace is null || type.IsNested ? default : metadata.GetOrAddString(type.Namespace);
        return _types[type] = metadata.AddTypeReference(scope, space, metadata.GetOrAddString(type.Name));
    }

    private AssemblyReferenceHandle Assembly(string name) => _assemblies.TryGetValue(name, out AssemblyReferenceHandle known)
        ? known
        : _assemblies[name] = metadata.AddAssemblyReference(metadata.GetOrAddString(name), new Version(0, 0, 0, 0), default, default, 0, default);
}
