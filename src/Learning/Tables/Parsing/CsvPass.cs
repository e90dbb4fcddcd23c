namespace MlOps.Learning.Tables.Parsing;

/// <summary>Passes the blocks of a CSV stream on in order, the next one being read and cut into fields meanwhile.</summary>
internal static class CsvPass
{
    /// <param name="first">The first block of the source; null: there is none.</param>
    /// <param name="read">Reads a block; false: it wants no more.</param>
    public static async Task RunAsync(CsvBlockSource source, CsvBlock? first, Func<CsvBlock, bool> read, CancellationToken cancellationToken)
    {
        CsvBlock? block = first;
        for (bool goOn = true; block is not null && goOn;)
        {
            Task<CsvBlock?> next = Task.Run(() => source.NextAsync(cancellationToken), cancellationToken);
            try
            {
                goOn = read(block);
            }
            finally
            {
                // The block that is being filled must not be given back under its reader.
                block = await next;
            }
        }
    }
}
