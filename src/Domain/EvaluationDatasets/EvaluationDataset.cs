using System.Security.Cryptography;
using System.Text;

namespace MlOps.Domain.EvaluationDatasets;

/// <summary>
/// Examples that an application is evaluated on, each with its inputs and what is expected of an answer (<see cref="EvaluationRecord"/>);
/// unlike a data set of training its content changes. It may belong to several experiments, or to none.
/// </summary>
/// <param name="Id">By habit <c>d-</c> and 32 hexadecimal digits.</param>
/// <param name="Name">Need not be unique.</param>
public sealed record EvaluationDataset(string Id, string Name, DateTimeOffset CreatedAt)
{
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    /// <summary>In the order in which it came to them.</summary>
    public IReadOnlyList<string> ExperimentIds { get; init; } = [];

    /// <summary>What its records have had; null before the first.</summary>
    public RecordSchema? Schema { get; init; }

    /// <summary>How many it has now.</summary>
    public int Records { get; init; }

    /// <summary>8 hexadecimal digits, others after each merge of records.</summary>
    public string Digest { get; init; } = DigestOf(Name, CreatedAt);

    /// <summary>When records were merged, or experiments changed, last.</summary>
    public DateTimeOffset UpdatedAt { get; init; } = CreatedAt;

    /// <summary>Null when nobody said.</summary>
    public string? CreatedBy { get; init; }

    /// <summary>Who merged records last; null when that was not said.</summary>
    public string? UpdatedBy { get; init; }

    /// <summary>Since when it is being removed: nobody finds such a one.</summary>
    public DateTimeOffset? DeletedAt { get; init; }

    /// <summary>As MLflow has it: of the name and the time in milliseconds.</summary>
    internal static string DigestOf(string name, DateTimeOffset at) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{name}:{at.ToUnixTimeMilliseconds()}")).AsSpan(0, 4));
}

/// <summary>What begins an evaluation data set.</summary>
/// <param name="Id">Chosen by the caller, so that a repeated start is the same data set.</param>
/// <param name="Name">1 to 500 characters, not all of them blank, without control characters.</param>
public sealed record EvaluationDatasetStart(string Id, string Name)
{
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    public IReadOnlyList<string> ExperimentIds { get; init; } = [];

    public string? CreatedBy { get; init; }
}
