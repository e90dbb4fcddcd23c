using System.Text.Json;

namespace MlOps.Domain.Experiments;

/// <summary>What stands at the beginning of a run's document, for who need not read all of a long one.</summary>
/// <param name="IsDeleted">By itself; its experiment may be.</param>
/// <param name="IsPurged">Its removal for good has begun.</param>
/// <param name="IsOfPipeline">A run of a pipeline made it.</param>
internal readonly record struct RunHead(bool IsDeleted, bool IsPurged, bool IsOfPipeline)
{
    public static RunHead Of(RunDocument run) => new(run.DeletedAt is not null, run.PurgedAt is not null, run.Lineage.PipelineRun is not null);

    /// <param name="json">The document, or a beginning of it. Fields are written in the order of <see cref="RunDocument"/>, those of null are not: what comes before params and metrics is told once all of the lineage is there.</param>
    /// <returns>Null when there is too little of it.</returns>
    public static RunHead? Read(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, isFinalBlock: false, state: default);
        var head = default(RunHead);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("lineage"u8))
                return ReadLineage(ref reader) is { } isOfPipeline ? head with { IsOfPipeline = isOfPipeline } : null;
            if (reader.ValueTextEquals("deletedAt"u8))
                head = head with { IsDeleted = true };
            else if (reader.ValueTextEquals("purgedAt"u8))
                head = head with { IsPurged = true };
            if (!reader.TrySkip())
                return null;
        }

        return null;
    }

    /// <summary>Whether the lineage that comes next names a run of a pipeline; null where it is not all there.</summary>
    private static bool? ReadLineage(ref Utf8JsonReader reader)
    {
        bool isOfPipeline = false;
        reader.Read();
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.EndObject)
                return isOfPipeline;
            isOfPipeline |= reader.ValueTextEquals("pipelineRun"u8);
            if (!reader.TrySkip())
                return null;
        }

        return null;
    }
}
