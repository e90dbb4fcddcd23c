using MlOps.Domain.Pipelines.Reading;
using MlOps.Domain.Rollout;

namespace MlOps.Domain.Pipelines;

/// <summary>The section <c>rollout</c> of a pipeline file, read by itself.</summary>
public static class RolloutSection
{
    /// <param name="yaml">A mapping with the key <c>rollout</c>, such as a whole pipeline file, of which nothing else is looked at; or only what stands below that key.</param>
    /// <param name="file">The name that mistakes are reported under.</param>
    /// <exception cref="MlOpsException">Invalid <c>rollout-file</c>: one line per mistake, <c>file:line:column: key: what</c>.</exception>
    public static RolloutPolicy Parse(string yaml, string file)
    {
        var problems = new YamlProblems(file);
        YamlMap? root = YamlDocuments.Load(yaml, problems);
        RolloutPolicy? policy = root is null ? null : RolloutSectionReader.Read(root.Has("rollout") ? root.Map("rollout") : root, task: null);
        if (policy is not null && problems.Count == 0)
            return policy;
        throw MlOpsException.Invalid("rollout-file", $"{file} cannot be used:\n{string.Join('\n', problems.Found)}");
    }
}
