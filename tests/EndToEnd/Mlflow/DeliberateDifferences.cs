using System.Text.RegularExpressions;

namespace MlOps.EndToEnd.Mlflow;

/// <summary>
/// What is answered otherwise than by MLflow on purpose, <c>calls/deliberate.txt</c>: a name, <c>everywhere</c> where it may show in any
/// answer (otherwise only where calls are marked with it), the words of docs/mlflow.md that tell of it, and below patterns of its lines.
/// </summary>
internal sealed class DeliberateDifferences
{
    private readonly Dictionary<string, (bool Everywhere, string Told, List<Regex> Lines)> _reasons = [];
    private readonly HashSet<string> _used = [];

    public DeliberateDifferences(IEnumerable<string> lines)
    {
        List<Regex>? patterns = null;
        foreach (string line in lines.Where(l => l.Length > 0 && l[0] != '#'))
        {
            if (line[0] == ' ')
            {
                patterns!.Add(new Regex(line.Trim(), RegexOptions.CultureInvariant));
                continue;
            }

            string[] parts = line.Split(": ", 2);
            string[] name = parts[0].Split(' ');
            _reasons.Add(name[0], (name is [_, "everywhere"], parts[1], patterns = []));
        }
    }

    /// <summary>The words of the documentation, by name.</summary>
    public IEnumerable<(string Name, string Told)> Told => _reasons.Select(r => (r.Key, r.Value.Told));

    /// <summary>Names that no call has needed.</summary>
    public IEnumerable<string> Unused => _reasons.Keys.Where(n => !_used.Contains(n)).Order(StringComparer.Ordinal);

    /// <summary>What of a call's differences nothing explains, and which of its marks explain nothing.</summary>
    public IReadOnlyList<string> Unexplained(ComparedCall call, IReadOnlyList<string> differences)
    {
        var used = new HashSet<string>();
        List<string> left = [.. differences.Where(line => !IsExplained(call, line, used))];
        _used.UnionWith(used);
        return [.. left, .. call.Reasons.Where(r => !used.Contains(r)).Select(r => _reasons.ContainsKey(r) ? $"! {r} is marked and does not show" : $"! {r} is in no list")];
    }

    private bool IsExplained(ComparedCall call, string line, HashSet<string> used)
    {
        // Marks first: what holds everywhere must not hide that they are stale.
        foreach ((string name, (_, _, List<Regex> patterns)) in _reasons.Where(r => call.Reasons.Contains(r.Key)).Concat(_reasons.Where(r => r.Value.Everywhere)))
        {
            if (!patterns.Exists(p => p.IsMatch(line)))
                continue;
            used.Add(name);
            return true;
        }

        return false;
    }
}
