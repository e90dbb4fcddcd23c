using System.Text.Json;

namespace MlOps.Domain.Serving.Log;

/// <summary>Rows of a segment that were answered by a model which has its name no longer: a name may be another model's within the hour.</summary>
internal static class FormerRows
{
    /// <summary>The segment as it is; without those rows, where it has others, too; null where it has no others.</summary>
    /// <param name="isFormers">Whether what was predicted at a time was the former model's; all that was predicted before such a time was, too.</param>
    public static async Task<PredictionBuffer.Segment?> WithoutAsync(PredictionBuffer.Segment segment, Func<DateTimeOffset, Task<bool>> isFormers)
    {
        if (!await isFormers(segment.Index.First))
            return segment;
        if (await isFormers(segment.Index.Last))
            return null;
        DateTimeOffset[] times = TimesOf(segment);
        DateTimeOffset first = await FirstOfItsOwnAsync([.. times.Distinct().Order()], isFormers);
        return Since(segment, times, first);
    }

    /// <param name="times">In order; the first is the former model's, the last is not.</param>
    private static async Task<DateTimeOffset> FirstOfItsOwnAsync(DateTimeOffset[] times, Func<DateTimeOffset, Task<bool>> isFormers)
    {
        (int formers, int own) = (0, times.Length - 1);
        while (own - formers > 1)
        {
            int middle = (formers + own) / 2;
            if (await isFormers(times[middle]))
                formers = middle;
            else
                own = middle;
        }

        return times[own];
    }

    private static PredictionBuffer.Segment Since(PredictionBuffer.Segment segment, DateTimeOffset[] times, DateTimeOffset first)
    {
        var rest = new PredictionBuffer.Segment(segment.Key, first, segment.Path);
        var line = new MemoryStream();
        long offset = 0;
        for (int i = 0; i < times.Length; i++)
        {
            int length = segment.Index.Lengths[i];
            if (times[i] >= first)
            {
                line.SetLength(0);
                segment.Lines.CopyTo(line, offset, length);
                rest.Lines.Add(line.GetBuffer().AsSpan(0, length));
                rest.Index.Add(segment.Index, i, times[i]);
                rest.Rows++;
                rest.Bytes += length;
            }

            offset += length;
        }

        return rest;
    }

    /// <summary>Of each line.</summary>
    private static DateTimeOffset[] TimesOf(PredictionBuffer.Segment segment)
    {
        var times = new DateTimeOffset[segment.Index.Count];
        var line = new MemoryStream();
        long offset = 0;
        for (int i = 0; i < times.Length; i++)
        {
            int length = segment.Index.Lengths[i];
            line.SetLength(0);
            segment.Lines.CopyTo(line, offset, length);
            times[i] = TimeOf(line.GetBuffer().AsSpan(0, length));
            offset += length;
        }

        return times;
    }

    private static DateTimeOffset TimeOf(ReadOnlySpan<byte> line)
    {
        var reader = new Utf8JsonReader(line);
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != 1)
                continue;
            bool isTime = reader.ValueTextEquals("at"u8);
            reader.Read();
            if (isTime)
                return new DateTimeOffset(DateTime.SpecifyKind(reader.GetDateTime(), DateTimeKind.Utc), TimeSpan.Zero);
            reader.Skip();
        }

        throw new InvalidOperationException("a line of the prediction log has no time");
    }
}
