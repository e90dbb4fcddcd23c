using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace MlOps.Domain.Serving.Log;

/// <summary>Where segments lie: <c>model/yyyyMMdd/HH/time-writer-seq.jsonl.gz</c>; a segment holds records of one model and one hour (UTC).</summary>
internal static class PredictionPaths
{
    public const string Container = "predictions";

    /// <summary>Past so many days one listing of the model is cheaper than one a day.</summary>
    private const int MaxDays = 62;

    /// <summary>Up to so many hours one listing an hour is cheaper than one of the day.</summary>
    private const int MaxHours = 6;

    private const int FolderBytes = 200;

    public static string Segment(string model, DateTimeOffset first, string writer, long sequence) =>
        string.Create(CultureInfo.InvariantCulture, $"{Folder(model)}/{first.UtcDateTime:yyyyMMdd}/{first.UtcDateTime:HH}/{first.UtcDateTime:yyyyMMdd'T'HHmmssfffffff}-{writer}-{sequence:D6}.jsonl.gz");

    /// <summary>Prefixes that together hold every segment with records in [from, to), in order of time.</summary>
    public static IEnumerable<string> Prefixes(string model, DateTimeOffset from, DateTimeOffset to)
    {
        DateTime day = from.UtcDateTime.Date;
        if (to <= from)
            return [];
        if (to.UtcDateTime - day > TimeSpan.FromDays(MaxDays))
            return [All(model)];
        DateTime hour = day.AddHours(from.UtcDateTime.Hour);
        return to.UtcDateTime - hour <= TimeSpan.FromHours(MaxHours)
            ? Enumerable.Range(0, MaxHours).Select(i => hour.AddHours(i)).TakeWhile(h => h < to.UtcDateTime)
                .Select(h => string.Create(CultureInfo.InvariantCulture, $"{Folder(model)}/{h:yyyyMMdd}/{h:HH}/"))
            : Enumerable.Range(0, MaxDays + 1).Select(i => day.AddDays(i)).TakeWhile(d => d < to.UtcDateTime)
                .Select(d => string.Create(CultureInfo.InvariantCulture, $"{Folder(model)}/{d:yyyyMMdd}/"));
    }

    /// <summary>The prefix of every segment of the model.</summary>
    public static string All(string model) => Folder(model) + "/";

    /// <summary>Whether the segment's day is before the given one.</summary>
    public static bool IsBefore(string path, DateTimeOffset day)
    {
        string[] parts = path.Split('/');
        return parts.Length == 4 && string.CompareOrdinal(parts[1], day.UtcDateTime.ToString("yyyyMMdd", CultureInfo.InvariantCulture)) < 0;
    }

    /// <summary>Whether the segment's hour touches [from, to).</summary>
    public static bool Touches(string path, DateTimeOffset from, DateTimeOffset to)
    {
        string[] parts = path.Split('/');
        if (parts.Length != 4 || !DateTime.TryParseExact(parts[1] + parts[2], "yyyyMMddHH", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTime hour))
            return false;
        return hour < to.UtcDateTime && hour.AddHours(1) > from.UtcDateTime;
    }

    /// <summary>The model's name, which is a legal segment; one too long for a file system's names is cut and told apart by its hash.</summary>
    internal static string Folder(string model)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(model);
        return utf8.Length <= FolderBytes ? model : $"{model[..40]}~{Convert.ToHexStringLower(SHA256.HashData(utf8))[..16]}";
    }
}
