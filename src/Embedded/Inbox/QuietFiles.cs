namespace MlOps.Embedded.Inbox;

/// <summary>Remembers how files looked, to tell when nobody writes to them any more.</summary>
internal sealed class QuietFiles(TimeSpan quiet, TimeProvider time)
{
    private readonly Dictionary<string, (long Length, DateTime Changed, long SeenAt)> _seen = new(StringComparer.Ordinal);

    /// <summary>Whether the file has looked the same for the quiet time. Clocks of file systems may be wrong, so only our observations count.</summary>
    public bool IsQuiet(FileInfo file)
    {
        file.Refresh();
        long now = time.GetTimestamp();
        if (_seen.TryGetValue(file.FullName, out (long Length, DateTime Changed, long SeenAt) last) && last.Length == file.Length && last.Changed == file.LastWriteTimeUtc)
            return time.GetElapsedTime(last.SeenAt, now) >= quiet;
        _seen[file.FullName] = (file.Length, file.LastWriteTimeUtc, now);
        return quiet == TimeSpan.Zero;
    }

    public void Forget(FileInfo file) => _seen.Remove(file.FullName);

    /// <summary>Forgets files that somebody took away.</summary>
    public void KeepOnly(HashSet<string> paths)
    {
        foreach (string path in _seen.Keys.Where(p => !paths.Contains(p)).ToArray())
            _seen.Remove(path);
    }
}
