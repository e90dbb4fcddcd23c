using MlOps.Learning.Tables;

namespace MlOps.Domain.Pipelines.Steps;

/// <summary>Which columns the model sees.</summary>
internal static class FeatureChoice
{
    /// <summary>Those included; else all but the target, the weight, the excluded and the one that orders the split in time.</summary>
    public static IReadOnlyList<string> Of(PipelineSpec spec, TableSchema schema)
    {
        if (spec.Features.Include.Count > 0)
            return spec.Features.Include;
        string[] unknown = [.. spec.Features.Exclude.Where(name => schema.Find(name) is null)];
        if (unknown.Length > 0)
        {
            throw MlOpsException.Invalid(
                "pipeline-features",
                $"features.exclude names columns that {spec.Dataset} does not have: {string.Join(", ", unknown)}{NameSuggestion.Hint(unknown[0], schema.Columns.Select(c => c.Name))}");
        }

        return [.. schema.Columns.Select(c => c.Name).Where(name => name != spec.Target && name != spec.Weight && name != spec.Split.TimeColumn && !spec.Features.Exclude.Contains(name, StringComparer.Ordinal))];
    }
}
