using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using MlOps.Domain.Workflows;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Registry;

/// <summary>
/// How headers and versions, which a server needs before its first answer, are read and written as JSON: as all documents are
/// (<see cref="WorkflowJson"/>), but found out when this is compiled, not by reflection at each start. The generated readers know no
/// initializer: a member that old documents lack has its default in its getter.
/// </summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(ModelHeader))]
[JsonSerializable(typeof(ModelVersion))]
internal sealed partial class RegistryDocuments : JsonSerializerContext
{
    public static JsonSerializerOptions NewOptions()
    {
        var options = new JsonSerializerOptions(WorkflowJson.Options) { TypeInfoResolver = JsonTypeInfoResolver.Combine(new RegistryDocuments(), new DefaultJsonTypeInfoResolver()) };
        options.Converters.Insert(0, new JsonStringEnumConverter<ColumnType>(JsonNamingPolicy.CamelCase));
        options.Converters.Insert(0, new JsonStringEnumConverter<LearningTask>(JsonNamingPolicy.CamelCase));
        options.Converters.Insert(0, new JsonStringEnumConverter<ModelStage>(JsonNamingPolicy.CamelCase));
        return options;
    }
}
