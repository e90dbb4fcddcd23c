using System.Globalization;
using MlOps.Domain.Datasets;
using MlOps.Learning.Tables;

namespace MlOps.Domain.Training;

/// <summary>
/// What a training will need at its peak, from what is known of the data before it is read: the table, the copies that the split makes of
/// its rows, the trainer's own matrix. An estimate from above for the usual case; text is taken as long as the file allows. For a million
/// rows of 20 numbers it says 0.9 GB; gbdt had 0.6 and linear 0.8 at their peak.
/// </summary>
internal static class MemoryEstimate
{
    /// <summary>The process itself with its libraries, before any data.</summary>
    private const long Base = 160L << 20;

    /// <summary>What the collector keeps besides what is alive.</summary>
    private const double Slack = 1.25;

    /// <summary>The trainer's matrix: one number a cell, and gradients, scores and places of each row.</summary>
    private const int WorkingCell = 8;
    private const int WorkingRow = 64;

    /// <summary>A reference, and the header of the text that it points to.</summary>
    private const int TextCell = 32;

    public static long Bytes(DatasetVersion data, SplitSpec split, int? features)
    {
        long table = data.Rows * data.Schema.Columns.Sum(c => CellBytes(c.Type)) + TextBytes(data);
        // The table, the parts of it that are fitted; with folds also the rows they divide, and the parts of a fold.
        int copies = split.Folds == 0 ? 2 : 4;
        long working = data.Rows * ((features ?? data.Schema.Columns.Count) * WorkingCell + WorkingRow);
        return Base + (long)(Slack * (copies * table + working));
    }

    /// <exception cref="MlOpsException">TooLarge <c>instance-too-small</c>.</exception>
    public static void Check(TrainingLimits limits, TrainingJob job, DatasetVersion data)
    {
        long needed = Bytes(data, job.Split, job.Spec.Features.Count > 0 ? job.Spec.Features.Count : null);
        if (limits.Memory is not { } has || needed <= has)
            return;
        throw MlOpsException.TooLarge(
            "instance-too-small",
            $"training '{job.Trainer}' on {data.Ref} ({data.Rows:N0} rows, {data.Schema.Columns.Count} columns) needs about {Show(needed)} of memory, there are {Show(has)}: "
            + $"{limits.Advice}, or train on a sample of the rows or on fewer columns{(job.Split.Folds > 0 ? ", or without cross-validation" : "")}");
    }

    private static int CellBytes(ColumnType type) => type switch
    {
        ColumnType.Number or ColumnType.Timestamp => 8,
        ColumnType.Category => 4,
        ColumnType.Boolean => 1,
        _ => TextCell,
    };

    /// <summary>Two bytes a character. The columns of text share what the others leave of the file; here they get all of it.</summary>
    private static long TextBytes(DatasetVersion data) => data.Schema.Columns.Any(c => c.Type == ColumnType.Text) ? 2 * data.Bytes : 0;

    private static string Show(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.0} GB");
}
