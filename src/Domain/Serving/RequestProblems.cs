namespace MlOps.Domain.Serving;

/// <summary>Everything that is wrong with a request, told at once; the first few in full.</summary>
internal sealed class RequestProblems
{
    private const int Shown = 8;

    private readonly List<string> _texts = [];
    private string? _code;
    private int _count;

    public void Add(string code, string text)
    {
        _code ??= code;
        if (_count++ < Shown)
            _texts.Add(text);
    }

    /// <exception cref="MlOpsException">Invalid, with the code of the first problem.</exception>
    public void ThrowIfAny()
    {
        if (_code is null)
            return;
        string more = _count > Shown ? $"; and {_count - Shown} more" : "";
        throw MlOpsException.Invalid(_code, string.Join("; ", _texts) + more);
    }
}
