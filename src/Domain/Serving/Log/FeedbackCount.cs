using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace MlOps.Domain.Serving.Log;

/// <summary>What one summary of feedback may read.</summary>
/// <param name="Truths">Each takes some 40 bytes of memory. Default 2 million.</param>
/// <param name="Predictions">Each takes some microseconds. Default 20 million.</param>
public sealed record FeedbackLimits(long Truths = 2_000_000, long Predictions = 20_000_000)
{
    public static readonly FeedbackLimits Default = new();
}

/// <summary>Counts truths and the predictions they belong to. Rows are held by 128 bits of a hash of their ids, which may be long.</summary>
internal sealed class FeedbackCount(string model, DateTimeOffset from, FeedbackLimits limits)
{
    private readonly HashSet<UInt128> _open = [];
    private long _truths;
    private long _predictions;

    /// <exception cref="MlOpsException">TooLarge <c>feedback-summary-too-large</c>; of the predictions too.</exception>
    public void AddTruth((string, int) row)
    {
        if (!_open.Add(KeyOf(row)))
            return;
        if (++_truths > limits.Truths)
            throw TooLarge(limits.Truths, "truths received");
    }

    public void AddPrediction((string, int) row)
    {
        if (++_predictions > limits.Predictions)
            throw TooLarge(limits.Predictions, "predictions logged");
        _open.Remove(KeyOf(row));
    }

    public FeedbackSummary Summary(DateTimeOffset to) => new(model, from, to, _predictions, _truths, _truths - _open.Count, _open.Count);

    private static UInt128 KeyOf((string Id, int Row) row)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(MemoryMarshal.AsBytes(string.Create(CultureInfo.InvariantCulture, $"{row.Row}~{row.Id}").AsSpan()), hash);
        return MemoryMarshal.Read<UInt128>(hash);
    }

    private MlOpsException TooLarge(long most, string what) => MlOpsException.TooLarge(
        "feedback-summary-too-large", $"'{model}' has more than {most:N0} {what} since {from:yyyy-MM-dd HH:mm}, and a summary counts no more; ask for fewer days");
}
