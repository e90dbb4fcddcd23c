using System.Text.Json;

namespace MlOps.Domain;

/// <summary>A value of an enumeration as users write and read it: in JSON, in messages and as a label of a metric.</summary>
internal static class EnumWord
{
    /// <summary>Its name in camel case, such as <c>rolledBack</c>.</summary>
    public static string Of(Enum value) => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}
