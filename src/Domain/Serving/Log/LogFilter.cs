namespace MlOps.Domain.Serving.Log;

/// <summary>What a reader wants of the log.</summary>
public abstract class LogFilter
{
    public static readonly LogFilter Everything = new All();

    /// <summary>No row is wanted whose <see cref="RowKey"/> is not below it. It may fall while the log is read.</summary>
    public virtual ulong Below => ulong.MaxValue;

    /// <summary>Whether a segment is to be read, by its path; asked once.</summary>
    public virtual bool Wants(string segment) => true;

    public virtual bool Wants(in RowHead row) => true;

    private sealed class All : LogFilter;
}
