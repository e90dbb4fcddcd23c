using System.Text.Json;
using System.Text.Json.Serialization;
using MlOps.Domain.Experiments;
using MlOps.Domain.Monitoring;
using MlOps.Domain.Registry;
using MlOps.Domain.Rollout;
using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Log;

namespace MlOps.Domain.Workflows;

/// <summary>
/// How documents are read and written that a server needs before its first answer, found out when this is compiled: by reflection it takes the
/// runtime a third of its start. Everything else goes by reflection, to the same JSON.
/// </summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(ModelVersion))]
[JsonSerializable(typeof(Registry.ModelHeader))]
[JsonSerializable(typeof(RunDocument))]
[JsonSerializable(typeof(Experiment))]
[JsonSerializable(typeof(RolloutStatus))]
[JsonSerializable(typeof(TrafficShare[]))]
[JsonSerializable(typeof(ShadowShare))]
[JsonSerializable(typeof(EndpointSettings))]
[JsonSerializable(typeof(LogPolicy))]
[JsonSerializable(typeof(MonitorState))]
internal sealed partial class StartJson : JsonSerializerContext;
