namespace MlOps.Api.OpenApi;

/// <summary>The JSON Schema of a property that takes more, or less, than its type says.</summary>
/// <param name="json">An object.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SchemaAttribute(string json) : Attribute
{
    public string Json => json;
}
