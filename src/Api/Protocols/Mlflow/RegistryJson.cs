using System.Globalization;
using System.Text.Json;
using MlOps.Domain.Registry;

namespace MlOps.Api.Protocols.Mlflow;

/// <summary>Registered models and versions as MLflow's API answers them.</summary>
internal static class RegistryJson
{
    /// <param name="newest">The newest version of each stage.</param>
    public static void Model(Utf8JsonWriter json, RegisteredModel model, IReadOnlyList<ModelVersion> newest)
    {
        json.WriteStartObject();
        json.WriteString("name"u8, model.Name);
        json.WriteNumber("creation_timestamp"u8, model.CreatedAt.ToUnixTimeMilliseconds());
        json.WriteNumber("last_updated_timestamp"u8, model.UpdatedAt.ToUnixTimeMilliseconds());
        Text(json, "description"u8, model.Description is { Length: > 0 } description ? description : null);
        if (newest.Count > 0)
        {
            json.WriteStartArray("latest_versions"u8);
            foreach (ModelVersion version in newest)
                Version(json, version);
            json.WriteEndArray();
        }

        MlflowJson.Pairs(json, "tags"u8, model.Tags);
        Aliases(json, model.Aliases);
        json.WriteEndObject();
    }

    public static void VersionAnswer(Utf8JsonWriter json, ModelVersion version)
    {
        json.WritePropertyName("model_version"u8);
        Version(json, version);
    }

    public static void Version(Utf8JsonWriter json, ModelVersion version)
    {
        json.WriteStartObject();
        json.WriteString("name"u8, version.Model);
        json.WriteString("version"u8, version.Version.ToString(CultureInfo.InvariantCulture));
        json.WriteNumber("creation_timestamp"u8, version.CreatedAt.ToUnixTimeMilliseconds());
        json.WriteNumber("last_updated_timestamp"u8, version.UpdatedAt.ToUnixTimeMilliseconds());
        json.WriteString("user_id"u8, version.CreatedBy);
        json.WriteString("current_stage"u8, version.Stage.ToString());
        // Clients of versions tell an empty description from none.
        json.WriteString("description"u8, version.Description ?? "");
        json.WriteString("source"u8, version.SourceUri);
        json.WriteString("run_id"u8, version.RunId);
        json.WriteString("status"u8, "READY"u8);
        MlflowJson.Pairs(json, "tags"u8, version.Tags);
        json.WriteString("run_link"u8, version.Source?.RunLink ?? "");
        if (version.Aliases.Count > 0)
        {
            json.WriteStartArray("aliases"u8);
            foreach (string alias in version.Aliases)
                json.WriteStringValue(alias);
            json.WriteEndArray();
        }

        Text(json, "model_id"u8, version.Source?.ModelId);
        json.WriteEndObject();
    }

    private static void Aliases(Utf8JsonWriter json, IReadOnlyDictionary<string, int> aliases)
    {
        if (aliases.Count == 0)
            return;
        json.WriteStartArray("aliases"u8);
        foreach ((string alias, int version) in aliases)
        {
            json.WriteStartObject();
            json.WriteString("alias"u8, alias);
            json.WriteString("version"u8, version.ToString(CultureInfo.InvariantCulture));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Text(Utf8JsonWriter json, ReadOnlySpan<byte> name, string? text)
    {
        if (text is not null)
            json.WriteString(name, text);
    }
}
