using System.Text.Json;

namespace MlOps.Azure.Uploads;

/// <summary>A message of Event Grid (schema EventGridSchema, type Microsoft.Storage.BlobCreated) about the container of data sets.</summary>
public static class UploadEvent
{
    private const string Subject = "/blobServices/default/containers/datasets/blobs/";

    /// <summary>The path of the blob in its container; null for an event about something else.</summary>
    /// <exception cref="MlOpsException">Invalid <c>upload-event</c>: this is no event.</exception>
    public static string? BlobOf(string message)
    {
        try
        {
            using var parsed = JsonDocument.Parse(message);
            string? subject = Text(parsed, "subject"), kind = Text(parsed, "eventType");
            bool ours = kind == "Microsoft.Storage.BlobCreated" && subject?.StartsWith(Subject, StringComparison.Ordinal) == true;
            return ours ? subject![Subject.Length..] : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new MlOpsException(ErrorKind.Invalid, "upload-event", "the message is no event of Event Grid: a JSON object with subject and eventType is expected", e);
        }
    }

    private static string? Text(JsonDocument message, string name) => message.RootElement.GetProperty(name).GetString();
}
