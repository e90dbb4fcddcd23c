using System.Text;
using System.Text.Json;

namespace MlOps.Domain.Workflows;

/// <summary>For engines: what goes in and out of workflows, as JSON of limited size.</summary>
public static class Messages
{
    private const int MaxErrorChars = 4_000;

    /// <summary>The message as JSON.</summary>
    /// <param name="what">Names the message in the error, for example <c>the input of activity 'train'</c>.</param>
    /// <exception cref="MlOpsException">TooLarge <c>message-too-large</c>.</exception>
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

    /// <summary>The message read back; the default value of its type when there is none.</summary>
    /// <exception cref="MlOpsException">Invalid <c>message-shape</c>.</exception>
    public static T Read<T>(string? json, string what) => (T)Read(json, typeof(T), what)!;

    /// <inheritdoc cref="Read{T}"/>
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

    /// <summary>The failure with at most 4,000 characters of its message.</summary>
    public static StepFailure Limit(StepFailure failure) =>
        failure.Message.Length <= MaxErrorChars ? failure : failure with { Message = failure.Message[..MaxErrorChars] + "..." };
}
