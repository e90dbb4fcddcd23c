using MlOps.Domain.Datasets;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Training;

/// <summary>
/// What a training will need at its peak, from what is known of the data before it is read: the table, the copies that the split makes of
/// its rows, and what the trainer says it works on, levels and words of text included. An estimate from above for the usual case; text is
/// taken as long as the file allows. For a million rows of 16 numbers and 4 categories it says 0.6 GB for gbdt, 0.8 with folds, and 0.8 and 1.1 for linear;
/// reading, dividing, fitting and scoring them alone took 0.37, 0.59, 0.63 and 1.11 at their peak.
/// </summary>
internal static class MemoryEstimate
{
    /// <summary>The process itself with its libraries, before any data.</summary>
    private const long Base = 160L << 20;

    /// <summary>What the collector keeps besides what is alive.</summary>
    private const double Slack = 1.25;

    /// <summary>A reference, and the header of the text that it points to.</summary>
    private const int TextCell = 32;

    /// <param name="working">See <see cref="ITrainer.WorkingBytes"/>.</param>
    /// <param name="numberBytes">See <see cref="TrainingRows.NumberBytes"/>.</param>
    public static long Bytes(DatasetVersion data, SplitSpec split, long working, int numberBytes)
    {
        long table = CopyBytes(data, sizeof(double)), parts = CopyBytes(data, numberBytes);
        // The table, the parts of it that are fitted; with folds also the rows they divide, and the parts of a fold.
        double copies = split.Folds == 0 ? table + parts : 2.0 * (table + parts);
        return Base + (long)(Slack * (copies + working));
    }

    private static long CopyBytes(DatasetVersion data, int numberBytes) => data.Rows * data.Schema.Columns.Sum(c => CellBytes(c.Type, numberBytes)) + TextBytes(data);

    private static int CellBytes(ColumnType type, int numberBytes) => type switch
    {
        ColumnType.Number => numberBytes,
        ColumnType.Timestamp => 8,
        ColumnType.Category => 4,
        ColumnType.Boolean => 1,
        _ => TextCell,
    };

    /// <summary>Two bytes a character. The columns of text share what the others leave of the file; here they get all of it.</summary>
    private static long TextBytes(DatasetVersion data) => data.Schema.Columns.Any(c => c.Type == ColumnType.Text) ? 2 * data.Bytes : 0;
}
