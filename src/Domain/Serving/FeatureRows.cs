using MlOps.Domain.Serving.Log;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Serving;

/// <summary>
/// Rows as a scorer takes them (<see cref="IRowScorer"/>), and their scores, in memory that the thread's next request uses again: rent,
/// fill, score and dispose without an await between. Texts are kept only where the number does not tell them: levels unknown to the model.
/// </summary>
public sealed class FeatureRows : IDisposable
{
    /// <summary>A larger buffer is not kept for the next request (8 MiB).</summary>
    private const int MaxKept = 1 << 20;

    /// <summary>A missing value that no request can bring: the feature was not given at all.</summary>
    private static readonly double Absent = BitConverter.Int64BitsToDouble(0x7FF8_0000_0ABE_2020);

    [ThreadStatic]
    private static FeatureRows? _spare;

    private readonly Dictionary<int, string> _texts = [];
    private double[] _values = new double[256];
    private double[] _scores = new double[16];

    private FeatureRows(ModelSignature signature) => Signature = signature;

    public ModelSignature Signature { get; private set; }

    /// <summary>Rows.</summary>
    public int Count { get; private set; }

    /// <summary>Numbers a row.</summary>
    public int Width => Signature.Inputs.Count;

    /// <summary>All rows, one behind the other.</summary>
    public Span<double> Values => _values.AsSpan(0, Count * Width);

    public static FeatureRows Rent(ModelSignature signature)
    {
        if (_spare is not { } rows)
            return new FeatureRows(signature);
        _spare = null;
        rows.Signature = signature;
        return rows;
    }

    /// <summary>Adds rows of values that are not given yet.</summary>
    public void Add(int rows = 1)
    {
        int from = Count * Width;
        int to = checked((Count + rows) * Width);
        if (to > _values.Length)
            Array.Resize(ref _values, Math.Max(to, _values.Length * 2));
        _values.AsSpan(from..to).Fill(Absent);
        Count += rows;
    }

    /// <summary>Forgets the rows, to begin again.</summary>
    public void Clear()
    {
        Count = 0;
        _texts.Clear();
    }

    public static bool IsGiven(double value) => BitConverter.DoubleToInt64Bits(value) != BitConverter.DoubleToInt64Bits(Absent);

    /// <summary>A level unknown to the model: it scores as missing, and the log has its text.</summary>
    public void SetUnknown(int cell, string text)
    {
        _values[cell] = double.NaN;
        _texts[cell] = text;
    }

    /// <summary>The scores of all rows; they stay until this is disposed.</summary>
    public ScoreView Score(IRowScorer scorer)
    {
        int count = checked(Count * scorer.ScoreCount);
        if (count > _scores.Length)
            _scores = new double[count];
        Span<double> scores = _scores.AsSpan(0, count);
        scorer.ScoreRows(Values, scores);
        return new ScoreView(Signature.Task, Signature.Classes, scores);
    }

    /// <summary>The rows for who is done with them before this is disposed: nothing is copied.</summary>
    internal RecordedRows Lend() => new(Signature, _values, Count, _texts.Count == 0 ? null : _texts);

    /// <summary>The rows to keep.</summary>
    public RecordedRows Record() => new(Signature, Values.ToArray(), _texts.Count == 0 ? null : new Dictionary<int, string>(_texts));

    public void Dispose()
    {
        Clear();
        if (_values.Length <= MaxKept && _scores.Length <= MaxKept)
            _spare = this;
    }
}
