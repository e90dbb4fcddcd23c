using MlOps.Learning.Tables;
using MlOps.Learning.Trainers.Binned;
using MlOps.Learning.Trainers.Boosting;

namespace MlOps.Learning.Trainers;

/// <summary>
/// Reads a CSV file to train on all of its rows. Where bins are all that the trainer sees of a number (`gbdt`, `forest`), features of
/// numbers become a byte a row while the file is read, which takes several passes over it, and their numbers are never in memory together. The model
/// and its scores of these rows are the same as from <see cref="CsvReader"/>'s table.
/// </summary>
public static class TrainingCsv
{
    /// <summary>Fewer rows are all in the sample that the bins are chosen by, and it would be a second copy of the table.</summary>
    public const int LeastRows = BinFitter.SampleRows + 1;

    /// <summary>Reads the whole file.</summary>
    /// <param name="stream">Read several times if it can seek; if not, or in a file of few rows or with anything unusual in it, this is <see cref="CsvReader.ReadAsync"/>.</param>
    /// <param name="leastRows">Files of fewer rows are read as a table.</param>
    /// <returns>For this trainer and spec, for models of them on these rows, and for nothing else.</returns>
    /// <exception cref="MlOpsException">As <see cref="CsvReader"/> reports; Invalid <c>training-parameter</c>, as of a fit.</exception>
    public static async Task<Table> ReadAsync(Stream stream, CsvOptions options, ITrainer trainer, TrainingSpec spec, CancellationToken cancellationToken, int leastRows = LeastRows)
    {
        options.Check();
        if (trainer is not IBinLearner learner || !stream.CanSeek)
            return await CsvReader.ReadAsync(stream, options, cancellationToken);
        long origin = stream.Position;
        if (await new BinnedCsv(stream, options, new BinRule(learner, spec)).ReadAsync(leastRows, cancellationToken) is { } binned)
            return binned;
        stream.Position = origin;
        return await CsvReader.ReadAsync(stream, options, cancellationToken);
    }
}
