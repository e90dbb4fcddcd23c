using System.Text.Json;
using System.Text.Json.Serialization;

namespace MlOps.Server;

/// <summary>How an announcement is read and written, found out when this is compiled: a server writes one at its start.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(ServerAnnouncement))]
internal sealed partial class AnnouncementJson : JsonSerializerContext;
