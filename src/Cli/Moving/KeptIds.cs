using System.Security.Cryptography;
using System.Text;
using MlOps.Api.Experiments;
using MlOps.Cli.Api;
using MlOps.Cli.Commands;
using MlOps.Domain.Experiments;

namespace MlOps.Cli.Moving;

/// <summary>Runs that keep the ids they had, so that links to them stay: where a run of that id is, it is the copy.</summary>
internal sealed class KeptIds(ApiClient api, RestSource reader, TargetExperiment experiment) : IRunPlaces
{
    public async Task<TargetRun?> FindAsync(MovedRun run, CancellationToken cancellationToken)
    {
        // Of a copy that comes home the original.
        if (run.Tag(MoveTags.Run) is { } original && original != run.Id && await reader.FindRunAsync(original, cancellationToken) is { } home)
            return TargetRun.AtHome(home.Id, home.ArtifactUri);
        if (await reader.FindRunAsync(IdOf(run.Id), cancellationToken) is not { } found)
            return null;
        return found.Tag(MoveTags.Run) == run.Id ? TargetRun.Of(found) : throw MlOpsException.Conflict("run-exists", $"there is another run of that id here, '{found.Name}': it is not written to");
    }

    public async Task<TargetRun> BeginAsync(MovedRun run, CancellationToken cancellationToken)
    {
        var begin = new RunBegin(
            experiment.Name, run.Name, run.User.Length > 0 ? run.User : null, run.StartedAt is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null,
            new Dictionary<string, string> { [MoveTags.Run] = run.Id });
        await api.PutAsync<Run>($"api/v1/runs/{ApiCommand.Segment(IdOf(run.Id))}", begin, cancellationToken);
        return TargetRun.Of((await reader.FindRunAsync(IdOf(run.Id), cancellationToken))!);
    }

    public Task<string> IdAsync(string id, string? experimentId, CancellationToken cancellationToken) => Task.FromResult(IdOf(id));

    /// <summary>Ids that are not allowed here get one that follows from them.</summary>
    public static string IdOf(string id) =>
        TrackingLimits.IsRunId(id) ? id : "mlflow-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(id)).AsSpan(0, 16));
}
