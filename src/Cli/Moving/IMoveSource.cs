namespace MlOps.Cli.Moving;

/// <summary>Where experiments come from. Everything may be called by several threads at once.</summary>
internal interface IMoveSource
{
    /// <summary>For people: the address or file.</summary>
    string Name { get; }

    /// <summary>False: artifacts are not asked for.</summary>
    bool HasArtifacts { get; }

    /// <summary>All of them, deleted ones too.</summary>
    IAsyncEnumerable<MovedExperiment> ExperimentsAsync(CancellationToken cancellationToken);

    /// <summary>All of an experiment, deleted ones too, a page at a time.</summary>
    IAsyncEnumerable<MovedRun> RunsAsync(MovedExperiment experiment, CancellationToken cancellationToken);

    Task<MovedRun?> FindRunAsync(string id, CancellationToken cancellationToken);

    /// <summary>Every point of every metric.</summary>
    IAsyncEnumerable<MovedPoint> HistoryAsync(MovedRun run, CancellationToken cancellationToken);

    /// <summary>Every file of a run.</summary>
    /// <exception cref="MlOpsException">NotFound <c>artifacts-elsewhere</c>: they are where this source cannot read; <c>artifacts-missing</c>: there is no folder of the run.</exception>
    IAsyncEnumerable<MovedFile> FilesAsync(MovedRun run, CancellationToken cancellationToken);

    Task<MovedContent> OpenAsync(MovedRun run, string path, CancellationToken cancellationToken);
}
