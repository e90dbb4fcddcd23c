namespace MlOps.Domain.Serving;

/// <summary>Everything that is wrong with a request, told at once; the first few in full.</summary>
public class RequestProblems
{
    private const int Shown = 8;

    private readonly List<string> _texts = [];
    private string? _code;
    private int _count;

    /// <summary>Something that is wrong with all of it.</summary>
    public void Add(string code, string text)
    {
        _code ??= code;
        if (_count++ < Shown)
            _texts.Add(text);
    }

    /// <summary>Something that is wrong with one row, counted from 0.</summary>
    public virtual void Add(int row, string code, string text) => Add(code, $"row {row}: {text}");

    /// <exception cref="MlOpsException">Invalid, with the code of the first problem.</exception>
    public void ThrowIfAny()
    {
        if (_code is not null)
            throw MlOpsException.Invalid(_code, ToString());
    }

    public override string ToString() => string.Join("; ", _texts) + (_count > Shown ? $"; and {_count - Shown} more" : "");
}
