using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text;
using MlOps.Domain.Serving.Log;
using MlOps.Learning.Tables;

namespace MlOps.Api.Serving;

/// <summary>Feedback as CSV with a header of <c>requestId</c>, <c>truth</c> or <c>reward</c> or both and, where wanted, <c>row</c> and <c>time</c>, read block by block.</summary>
internal static class FeedbackCsv
{
    private const int MaxHeader = 4_096;

    private static readonly string[] Known = ["requestId", "truth", "row", "time", "reward"];

    public static async IAsyncEnumerable<FeedbackEntry> ReadAsync(PipeReader body, char delimiter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string[] names = await NamesAsync(body, delimiter, cancellationToken);
        // All as text: which numbers and times are meant, each item says for itself.
        var schema = new TableSchema([.. names.Select(n => new ColumnSchema(n, ColumnType.Text))]);
        await foreach (Table batch in CsvReader.ReadBatchesAsync(body.AsStream(), new CsvOptions { Delimiter = delimiter }, schema, cancellationToken))
        {
            for (int row = 0; row < batch.RowCount; row++)
                yield return Of(batch, row);
        }
    }

    /// <summary>The header's names, left where they are.</summary>
    private static async Task<string[]> NamesAsync(PipeReader body, char delimiter, CancellationToken cancellationToken)
    {
        while (true)
        {
            ReadResult read = await body.ReadAsync(cancellationToken);
            SequencePosition? end = read.Buffer.PositionOf((byte)'\n');
            bool enough = end is not null || read.IsCompleted || read.Buffer.Length > MaxHeader;
            string line = enough ? Encoding.UTF8.GetString(read.Buffer.Slice(0, end ?? read.Buffer.GetPosition(Math.Min(read.Buffer.Length, MaxHeader)))) : "";
            body.AdvanceTo(read.Buffer.Start, enough ? read.Buffer.Start : read.Buffer.End);
            if (enough)
                return Check([.. line.Trim('\uFEFF', '\r', ' ').Split(delimiter).Select(n => n.Trim('"', ' '))]);
        }
    }

    private static string[] Check(string[] names)
    {
        if (names.FirstOrDefault(n => !Known.Contains(n)) is { } unknown)
            throw Wrong($"has the column '{(unknown.Length <= 40 ? unknown : unknown[..40])}', which is none of {string.Join(", ", Known)}{NameSuggestion.Hint(unknown, Known)}");
        string[] absent = [.. new[] { "requestId", "truth" }.Where(n => !names.Contains(n) && !(n == "truth" && names.Contains("reward")))];
        if (absent.Length > 0)
            throw Wrong($"lacks the column '{absent[0]}'; it needs requestId and truth or reward, and may have row and time");
        return names;
    }

    private static MlOpsException Wrong(string what) => MlOpsException.Invalid("feedback-csv", $"the CSV's first line {what}");

    private static FeedbackEntry Of(Table rows, int row)
    {
        string? Text(string column) => rows.Find(column)?.Format(row) is { Length: > 0 } text ? text : null;
        (string? truth, double? reward) = (Text("truth"), null);
        if (Text("reward") is { } worth)
        {
            reward = double.TryParse(worth, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : bool.TryParse(worth, out bool isHit) ? (isHit ? 1 : 0) : null;
            if (reward is null)
                return new(null, "feedback-reward", $"its reward is '{worth}', expected 0 to 1, true or false");
        }

        if (truth is null && reward is null)
            return new(null, "feedback-truth", rows.Find("reward") is null ? "it has no truth" : "it has neither truth nor reward");
        int index = 0;
        if (Text("row") is { } number && !int.TryParse(number, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out index))
            return new(null, "feedback-row", $"its row is '{number}', expected a whole number from 0");
        DateTimeOffset time = default;
        if (Text("time") is { } at && !DateTimeOffset.TryParse(at, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time))
            return new(null, "feedback-time", $"its time is '{at}', expected one such as 2026-01-31T12:00:00Z");
        return new(new Feedback(Text("requestId") ?? "", index, truth, time == default ? null : time, reward));
    }
}
