using MlOps.Cli.Moving.LoggedModels;
using MlOps.Cli.Moving.Registry;
using MlOps.Cli.Moving.Traces;

namespace MlOps.Cli.Moving;

/// <summary>Where experiments and registered models come from. Everything may be called by several threads at once.</summary>
internal interface IMoveSource
{
    /// <summary>For people: the address or file.</summary>
    string Name { get; }

    /// <summary>False: artifacts are not asked for.</summary>
    bool HasArtifacts { get; }

    /// <summary>What it has and does not give.</summary>
    IReadOnlyList<string> Notes => [];

    /// <summary>All of them, deleted ones too.</summary>
    IAsyncEnumerable<MovedExperiment> ExperimentsAsync(CancellationToken cancellationToken);

    /// <summary>All of an experiment, deleted ones too, a page at a time.</summary>
    IAsyncEnumerable<MovedRun> RunsAsync(MovedExperiment experiment, CancellationToken cancellationToken);

    Task<MovedRun?> FindRunAsync(string id, CancellationToken cancellationToken);

    /// <summary>Every point of every metric.</summary>
    IAsyncEnumerable<MovedPoint> HistoryAsync(MovedRun run, CancellationToken cancellationToken);

    /// <summary>Ids of the logged models that a run used.</summary>
    Task<IReadOnlyList<string>> ModelInputsAsync(MovedRun run, CancellationToken cancellationToken);

    /// <summary>All of an experiment that are not deleted.</summary>
    IAsyncEnumerable<MovedModel> ModelsAsync(MovedExperiment experiment, CancellationToken cancellationToken);

    /// <summary>Null when there is none, or it is deleted.</summary>
    Task<MovedModel?> FindModelAsync(string id, CancellationToken cancellationToken);

    /// <summary>All of an experiment, a page at a time.</summary>
    IAsyncEnumerable<MovedTrace> TracesAsync(MovedExperiment experiment, CancellationToken cancellationToken);

    /// <summary>The file of a trace's spans, as MLflow's clients write and read it; null when there is none that can be read.</summary>
    Task<MovedContent?> OpenSpansAsync(MovedTrace trace, CancellationToken cancellationToken);

    /// <summary>All registered models, prompts too.</summary>
    IAsyncEnumerable<MovedRegisteredModel> RegisteredModelsAsync(CancellationToken cancellationToken);

    /// <summary>All versions of a registered model, in ascending order.</summary>
    Task<IReadOnlyList<MovedVersion>> VersionsAsync(MovedRegisteredModel model, CancellationToken cancellationToken);

    /// <summary>Where the files of a version are; null when that is not known.</summary>
    Task<string?> LocationAsync(MovedVersion version, CancellationToken cancellationToken);

    /// <summary>Every file of a run or logged model.</summary>
    /// <exception cref="MlOpsException">NotFound <c>artifacts-elsewhere</c>: they are where this source cannot read; <c>artifacts-missing</c>: there is no folder of it.</exception>
    IAsyncEnumerable<MovedFile> FilesAsync(MovedPlace place, CancellationToken cancellationToken);

    Task<MovedContent> OpenAsync(MovedPlace place, string path, CancellationToken cancellationToken);
}
