using MlOps.Domain.Datasets;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Training;

/// <summary>
/// What a training will need at its peak, from what is known of the data before it is read: the table, the copies that the split makes of
/// its rows, and what the trainer says it works on, levels and words of text included. An estimate from above for the usual case; text is
/// taken as long as the file allows. For a million rows of 20 numbers it says 0.9 GB; gbdt had 0.6 and linear 0.8 at their peak.
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
    public static long Bytes(DatasetVersion data, SplitSpec split, long working)
    {
        long table = data.Rows * data.Schema.Columns.Sum(c => CellBytes(c.Type)) + TextBytes(data);
        // The table, the parts of it that are fitted; with folds also the rows they divide, and the parts of a fold.
        int copies = split.Folds == 0 ? 2 : 4;
        return Base + (long)(Slack * (copies * table + (double)working));
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
}
