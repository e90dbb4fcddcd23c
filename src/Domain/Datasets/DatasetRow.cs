using System.Text.Json;
using System.Text.Json.Serialization;
using MlOps.Domain.Storage;
using MlOps.Domain.Workflows;

namespace MlOps.Domain.Datasets;

/// <summary>What is stored of a version: what callers see, how to read its bytes, and where its profile is.</summary>
internal sealed record DatasetRow(DatasetVersion Version, char Delimiter, string ProfileDigest)
{
    [JsonIgnore]
    public DatasetFormat Format => new(Version.Format, Delimiter);

    public Entity ToEntity(string rowKey)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(this, WorkflowJson.Options);
        if (json.Length > LargeValues.MaxBytes)
        {
            throw MlOpsException.TooLarge("dataset-too-wide",
                $"the schema of '{Version.Name}' has {Version.Schema.Columns.Count:N0} columns and takes {json.Length:N0} bytes, at most {LargeValues.MaxBytes:N0} are allowed: split the file");
        }

        var entity = new Entity(Version.Name, rowKey);
        entity.SetLarge("doc", json);
        return entity;
    }

    public static DatasetRow From(Entity entity) => JsonSerializer.Deserialize<DatasetRow>(entity.Large("doc"), WorkflowJson.Options)!;
}
