using MlOps.Learning.Tables;

namespace MlOps.Learning.Trainers;

/// <summary>All that decides a model besides the data: the same spec, data and seed give the same model bytes.</summary>
public sealed record TrainingSpec
{
    public required LearningTask Task { get; init; }

    /// <summary>The column to predict. Rows in which it is missing are an error.</summary>
    public required string Target { get; init; }

    /// <summary>Feature columns in the order of the signature; empty means every column but the target and the weight.</summary>
    public IReadOnlyList<string> Features { get; init; } = [];

    /// <summary>
    /// The column that says how much each row counts: a number, finite, 0 or more, their sum above 0; a row of weight 2 counts as two of
    /// weight 1. Never a feature. Default null: all rows count alike.
    /// </summary>
    public string? Weight { get; init; }

    /// <summary>Binary only: the class whose probability is the score. Default: the later one in ordinal order (`Yes` of No/Yes, `1` of 0/1, `true`).</summary>
    public string? PositiveClass { get; init; }

    /// <summary>Trainer parameters by name, as written in the pipeline file or `--set`; unknown names are Invalid and list the known ones.</summary>
    public IReadOnlyDictionary<string, string> Parameters { get; init; } = new Dictionary<string, string>();

    public ulong Seed { get; init; } = 42;

    /// <summary>Worker threads; 0 means one per processor. Never changes the result.</summary>
    public int Threads { get; init; }
}

/// <summary>Progress of a fit: iterations (trees, L-BFGS steps) done of at most <paramref name="Total"/>, and the current loss.</summary>
public sealed record TrainingProgress(int Done, int Total, double? TrainingLoss, double? ValidationLoss);

/// <summary>A family of learners. Implementations are stateless and listed in <c>TrainerCatalog</c>.</summary>
public interface ITrainer
{
    /// <summary>The name in pipeline files and on the command line (`gbdt`, `linear`).</summary>
    string Name { get; }

    /// <summary>The parameters this trainer knows, with default, range and meaning.</summary>
    IReadOnlyList<TrainerParameter> Parameters { get; }

    /// <summary>What is wrong with parameters that are each in range but do not go together; a fit refuses them with the same words.</summary>
    IReadOnlyList<ParameterProblem> Contradictions(TrainerParameters parameters) => [];

    /// <summary>Bytes that a fit keeps alive at its peak besides the tables it is given, estimated from above for the usual case. Default: a number for each input and row.</summary>
    /// <param name="parameters">Of this trainer.</param>
    long WorkingBytes(TrainingShape shape, TrainerParameters parameters) => shape.Plain;

    /// <summary>How long a fit may go on, from above, before it heeds a cancelled token. Default null: it stops soon at any time.</summary>
    TimeSpan? Unstoppable(TrainingShape shape, TrainerParameters parameters) => null;

    /// <summary>Fits a model.</summary>
    /// <param name="validation">Rows for early stopping where the trainer has it; null disables it.</param>
    /// <exception cref="MlOpsException">Invalid: target missing or of one class, a feature absent or of an unusable type, a parameter unknown or out of range, no rows.</exception>
    IModel Fit(TrainingSpec spec, Table training, Table? validation, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken);
}

/// <summary>Why a value of a parameter cannot be used together with the others.</summary>
public sealed record ParameterProblem(string Parameter, string Message);
