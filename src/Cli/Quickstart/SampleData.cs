using MlOps.Learning;
using MlOps.Learning.Tables;

namespace MlOps.Cli.Quickstart;

/// <summary>
/// The telco-churn rows, parted into what the company had (history) and what comes in over HTTP (live). Rows are real, and so is
/// the truth that is sent back as feedback.
/// </summary>
internal sealed class SampleData
{
    public const string Target = "churn";

    private const double HistoryShare = 0.6;
    private const ulong Seed = 20_26;

    private SampleData(Table history, Table live)
    {
        History = history;
        Live = live;
        Drifted = live.Take(NewSegment(live));
    }

    /// <summary>The file the model is first trained on.</summary>
    public Table History { get; }

    /// <summary>Rows like those of the history: traffic of an ordinary day.</summary>
    public Table Live { get; }

    /// <summary>
    /// Only customers on monthly contracts who came within two years: what traffic looks like after a campaign. Their columns are
    /// distributed otherwise and they churn far more often.
    /// </summary>
    public Table Drifted { get; }

    public static string Folder => Path.Combine(AppContext.BaseDirectory, "samples");

    public static async Task<SampleData> LoadAsync(CancellationToken cancellationToken)
    {
        await using FileStream file = Files.TableFile.Open(Path.Combine(Folder, "data", "telco-churn.csv"));
        Table all = await CsvReader.ReadAsync(file, CsvOptions.Default, cancellationToken);
        int[] order = [.. Enumerable.Range(0, all.RowCount)];
        new SeededRandom(Seed).Shuffle<int>(order);
        int cut = (int)(all.RowCount * HistoryShare);
        return new SampleData(all.Take(order.AsSpan(0, cut)), all.Take(order.AsSpan(cut)));
    }

    private static int[] NewSegment(Table live)
    {
        var contract = (CategoryColumn)live["contract"];
        var tenure = (NumberColumn)live["tenure"];
        return [.. Enumerable.Range(0, live.RowCount).Where(r => contract.Format(r) == "Month-to-month" && tenure.Values[r] <= 24)];
    }
}
