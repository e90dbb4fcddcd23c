using System.Globalization;

namespace MlOps.Domain.Storage;

/// <summary>Row-key fragments whose ordinal order is the order wanted. None of them needs escaping.</summary>
public static class SortKeys
{
    /// <summary>Newest first: 19 digits.</summary>
    public static string NewestFirst(DateTimeOffset time) => (DateTime.MaxValue.Ticks - time.UtcTicks).ToString("D19", CultureInfo.InvariantCulture);

    /// <summary>Largest number first, 0 to 2,147,483,647: 10 digits.</summary>
    public static string LargestFirst(int number) => (int.MaxValue - number).ToString("D10", CultureInfo.InvariantCulture);

    /// <summary>Smallest number first, non-negative: 19 digits.</summary>
    public static string SmallestFirst(long number) => number.ToString("D19", CultureInfo.InvariantCulture);
}
