using MlOps.Contracts;

namespace MlOps.Learning.Tests.Importing;

/// <summary>Models that a Python library of this machine makes now, in one process for all tests of a class.</summary>
public abstract class PythonModels(string script, string library) : IDisposable
{
    private readonly TempDirectory _folder = new();
    private string? _missing;
    private bool _made;

    /// <summary>Where they are. The test is skipped where Python or the library is absent.</summary>
    public string Folder()
    {
        if (!_made)
            (_made, _missing) = (true, PythonScript.Run(script, _folder.FullPath, "large"));
        Needed.Have(_missing is null, library, PythonScript.HowToGet(library, _missing));
        return _folder.FullPath;
    }

    public void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }
}
