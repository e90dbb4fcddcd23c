using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;

namespace MlOps.Bench.Serving.Profile;

/// <summary>Tokens for methods of other assemblies, instances of generic ones among them.</summary>
internal sealed class MethodTokens
{
    private readonly TypeTokens _types;

    public MethodTokens() => _types = new TypeTokens(Metadata);

    public MetadataBuilder Metadata { get; } = new();

    /// <summary>Whether it stands for all reference types, whose code is shared.</summary>
    public static bool IsShared(Type type) => type.FullName == TypeTokens.Shared;

    /// <summary>Null for what has no type, or a signature of a kind that is not written here.</summary>
    public EntityHandle? TryOf(MethodBase method)
    {
        try
        {
            return method.DeclaringType is { } owner ? Of(method, owner) : null;
        }
        catch (NotSupportedException)
        {
            return null;
        }
    }

    private EntityHandle Of(MethodBase method, Type owner)
    {
        MethodBase open = method.Module.ResolveMethod(method.MetadataToken)!;
        EntityHandle member = Metadata.AddMemberReference(_types.Token(owner), Metadata.GetOrAddString(method.Name), Metadata.GetOrAddBlob(Signature(open)));
        if (!method.IsGenericMethod)
            return member;
        Type[] arguments = method.GetGenericArguments();
        var instance = new BlobBuilder();
        GenericTypeArgumentsEncoder encoder = new BlobEncoder(instance).MethodSpecificationSignature(arguments.Length);
        foreach (Type argument in arguments)
            _types.Encode(encoder.AddArgument(), argument);
        return Metadata.AddMethodSpecification(member, Metadata.GetOrAddBlob(instance));
    }

    private BlobBuilder Signature(MethodBase open)
    {
        var blob = new BlobBuilder();
        int arity = open.IsGenericMethod ? open.GetGenericArguments().Length : 0;
        ParameterInfo[] parameters = open.GetParameters();
        new BlobEncoder(blob).MethodSignature(genericParameterCount: arity, isInstanceMethod: !open.IsStatic).Parameters(parameters.Length, out ReturnTypeEncoder back, out ParametersEncoder each);
        if (open is MethodInfo { ReturnParameter: var returned })
            Return(back, returned);
        else
            back.Void();
        foreach (ParameterInfo parameter in parameters)
        {
            ParameterTypeEncoder one = each.AddParameter();
            Modify(one.CustomModifiers(), parameter);
            Encode(one.Type(parameter.ParameterType.IsByRef), parameter.ParameterType);
        }

        return blob;
    }

    private void Return(ReturnTypeEncoder back, ParameterInfo returned)
    {
        Modify(back.CustomModifiers(), returned);
        if (returned.ParameterType == typeof(void))
            back.Void();
        else
            Encode(back.Type(returned.ParameterType.IsByRef), returned.ParameterType);
    }

    private void Encode(SignatureTypeEncoder encoder, Type type) => _types.Encode(encoder, type.IsByRef ? type.GetElementType()! : type);

    private void Modify(CustomModifiersEncoder encoder, ParameterInfo parameter)
    {
        foreach (Type required in parameter.GetRequiredCustomModifiers())
            encoder = encoder.AddModifier(_types.Token(required), isOptional: false);
        foreach (Type optional in parameter.GetOptionalCustomModifiers())
            encoder = encoder.AddModifier(_types.Token(optional), isOptional: true);
    }
}
