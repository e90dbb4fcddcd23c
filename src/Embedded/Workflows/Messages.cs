using System.Text;
using System.Text.Json;
using MlOps.Domain.Workflows;

namespace MlOps.Embedded.Workflows;

/// <summary>What goes in and out of workflows, as JSON of limited size.</summary>
internal static class Messages
{
    private const int MaxErrorChars = 4_000;

    /// <param name="what">Names the message in the error, for example <c>the input of activity 'train'</c>.</param>
    public static string Write(object? value, string what)
    {
        string json = WorkflowJson.Write(value);
        int bytes = Encoding.UTF8.GetByteCount(json);
        return bytes <= WorkflowJson.MaxMessageBytes
            ? json
            : throw MlOpsException.TooLarge(
                "message-too-large",
                $"{what} has {bytes} bytes, {WorkflowJson.MaxMessageBytes} are allowed: put the data into the blob store and pass its path");
    }

    public static T Read<T>(string? json, string what) => (T)Read(json, typeof(T), what)!;

    public static object? Read(string? json, Type type, string what)
    {
        try
        {
            object? value = json is null ? null : WorkflowJson.Read(json, type);
            return value ?? (type.IsValueType ? Activator.CreateInstance(type) : null);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            throw new MlOpsException(ErrorKind.Invalid, "message-shape", $"{what} is no {type.Name}: {e.Message}", e);
        }
    }

    /// <summary>A failure whose message fits into a row.</summary>
    public static StepFailure Failure(Exception e) => Limit(StepFailure.From(e));

    public static StepFailure Limit(StepFailure failure) =>
        failure.Message.Length <= MaxErrorChars ? failure : failure with { Message = failure.Message[..MaxErrorChars] + "..." };
}
