using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using MlOps.Cli.Moving.LoggedModels;
using MlOps.Cli.Moving.Registry;
using MlOps.Cli.Moving.Traces;

namespace MlOps.Cli.Moving;

/// <summary>An MLflow server, or one of ours.</summary>
internal sealed class RestSource(MlflowRest rest) : IMoveSource
{
    private const int ExperimentsPerPage = 1_000;

    /// <summary>A run has hundreds of values; a page is held in memory.</summary>
    private const int RunsPerPage = 100;
    private const int PointsPerPage = 5_000;

    private readonly RestFiles _files = new(rest);

    public string Name => rest.Name;

    public bool HasArtifacts => true;

    public IAsyncEnumerable<MovedExperiment> ExperimentsAsync(CancellationToken cancellationToken) =>
        MlflowRest.PagesAsync("experiments", token => rest.PostAsync("experiments/search", new { MaxResults = ExperimentsPerPage, ViewType = "ALL", PageToken = token }, cancellationToken))
            .Select(MlflowAnswers.Experiment);

    /// <summary>Oldest start first, so that what is added meanwhile comes behind.</summary>
    public IAsyncEnumerable<MovedRun> RunsAsync(MovedExperiment experiment, CancellationToken cancellationToken) =>
        MlflowRest.PagesAsync("runs", token => rest.PostAsync(
            "runs/search",
            new { ExperimentIds = new[] { experiment.Id }, RunViewType = "ALL", MaxResults = RunsPerPage, OrderBy = new[] { "attributes.start_time ASC" }, PageToken = token },
            cancellationToken)).Select(MlflowAnswers.Run);

    public async Task<MovedRun?> FindRunAsync(string id, CancellationToken cancellationToken)
    {
        try
        {
            JsonElement answer = await rest.GetAsync("runs/get", [("run_id", id)], cancellationToken);
            return MlflowAnswers.Run(answer.GetProperty("run"));
        }
        catch (MlOpsException e) when (e.Kind == ErrorKind.NotFound)
        {
            return null;
        }
    }

    /// <summary>The copy of a run of another server.</summary>
    public async Task<MovedRun?> FindCopyAsync(string experimentId, string original, CancellationToken cancellationToken)
    {
        string filter = MlflowFilter.HasTag(MoveTags.Run, original);
        JsonElement found = await rest.PostAsync("runs/search", new { ExperimentIds = new[] { experimentId }, RunViewType = "ALL", MaxResults = 1, Filter = filter }, cancellationToken);
        return found.Items("runs").Select(MlflowAnswers.Run).FirstOrDefault();
    }

    public async IAsyncEnumerable<MovedPoint> HistoryAsync(MovedRun run, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (MovedPoint metric in run.Latest)
        {
            IAsyncEnumerable<JsonElement> points = MlflowRest.PagesAsync("metrics", token => rest.GetAsync(
                "metrics/get-history",
                [("run_id", run.Id), ("run_uuid", run.Id), ("metric_key", metric.Key), ("max_results", PointsPerPage.ToString(CultureInfo.InvariantCulture)), ("page_token", token)],
                cancellationToken));
            await foreach (JsonElement point in points.WithCancellation(cancellationToken))
                yield return MlflowAnswers.Point(point);
        }
    }

    public async Task<IReadOnlyList<string>> ModelInputsAsync(MovedRun run, CancellationToken cancellationToken) =>
        run.ModelInputs.Count > 0 ? run.ModelInputs : (await FindRunAsync(run.Id, cancellationToken))?.ModelInputs ?? [];

    public IAsyncEnumerable<MovedModel> ModelsAsync(MovedExperiment experiment, CancellationToken cancellationToken) => LoggedModelAnswers.SearchAsync(rest, experiment.Id, cancellationToken);

    public Task<MovedModel?> FindModelAsync(string id, CancellationToken cancellationToken) => LoggedModelAnswers.FindAsync(rest, id, cancellationToken);

    public IAsyncEnumerable<MovedTrace> TracesAsync(MovedExperiment experiment, CancellationToken cancellationToken) => TraceAnswers.SearchAsync(rest, experiment.Id, cancellationToken);

    public Task<MovedContent?> OpenSpansAsync(MovedTrace trace, CancellationToken cancellationToken) => TraceAnswers.OpenSpansAsync(rest, trace.Id, cancellationToken);

    public IAsyncEnumerable<MovedRegisteredModel> RegisteredModelsAsync(CancellationToken cancellationToken) => RegistryAnswers.ModelsAsync(rest, cancellationToken);

    public Task<IReadOnlyList<MovedVersion>> VersionsAsync(MovedRegisteredModel model, CancellationToken cancellationToken) => RegistryAnswers.VersionsAsync(rest, model, cancellationToken);

    public Task<string?> LocationAsync(MovedVersion version, CancellationToken cancellationToken) => RegistryAnswers.LocationAsync(rest, version, cancellationToken);

    public IAsyncEnumerable<MovedFile> FilesAsync(MovedPlace place, CancellationToken cancellationToken) => _files.ListAsync(place, cancellationToken);

    public Task<MovedContent> OpenAsync(MovedPlace place, string path, CancellationToken cancellationToken) => _files.OpenAsync(place, path, cancellationToken);
}
