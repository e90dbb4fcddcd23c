using System.Text.Json;
using System.Text.Json.Serialization;

namespace MlOps.Learning.Trainers;

/// <summary>How the header of a model file is read and written, found out when this is compiled: a server reads one before its first answer.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(ModelFileHeader))]
internal sealed partial class ModelFileJson : JsonSerializerContext;
