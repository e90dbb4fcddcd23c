namespace MlOps.Learning.Tables;

/// <summary>Whole rows of a file that stand one behind the other: a part that can be read by itself.</summary>
/// <param name="FirstRow">The first of them, 0 for the first of the file.</param>
/// <param name="Rows">How many; at least 1.</param>
/// <param name="Offset">Where they begin, in bytes.</param>
/// <param name="Length">Their bytes, line ends included.</param>
/// <param name="FirstLine">The line of the first, 1 for the first of the file.</param>
public sealed record FileRange(long FirstRow, long Rows, long Offset, long Length, long FirstLine);

/// <summary>A file in ranges of rows, in order; together they hold every row once.</summary>
/// <param name="HeaderBytes">Bytes before the first row, which whoever reads a range puts before it; 0 where a format has no header.</param>
/// <param name="HeaderLines">Lines of them.</param>
public sealed record FileCut(long Rows, int HeaderBytes, long HeaderLines, IReadOnlyList<FileRange> Ranges);
