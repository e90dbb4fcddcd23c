using System.Globalization;

namespace MlOps.Cli.Moving.Registry;

/// <summary>A copy of a registered model where it is copied to: what it has, and which versions were copied of which.</summary>
internal sealed class RegisteredTarget(MlflowRest rest, MovedRegisteredModel now)
{
    private readonly Dictionary<int, MovedVersion> _copies = [];
    private readonly HashSet<int> _moved = NumbersOf(now.Tag(MoveTags.Versions));

    public MovedRegisteredModel Now => now;

    /// <summary>With the versions that it has.</summary>
    public static async Task<RegisteredTarget> ReadAsync(MlflowRest rest, MovedRegisteredModel now, CancellationToken cancellationToken)
    {
        var target = new RegisteredTarget(rest, now);
        foreach (MovedVersion version in await RegistryAnswers.VersionsAsync(rest, now, cancellationToken))
        {
            if (int.TryParse(version.Tag(MoveTags.Version), CultureInfo.InvariantCulture, out int original))
                await target.AddAsync(original, version, cancellationToken);
        }

        return target;
    }

    /// <summary>Null when there is none.</summary>
    public MovedVersion? Find(int number) => _copies.GetValueOrDefault(number);

    /// <summary>It was copied, and somebody deleted the copy since.</summary>
    public bool WasDeleted(int number) => _moved.Contains(number) && !_copies.ContainsKey(number);

    public void Know(int number, MovedVersion copy) => _copies[number] = copy;

    /// <summary>Remembers which were copied.</summary>
    public async Task RememberAsync(CancellationToken cancellationToken)
    {
        _moved.UnionWith(_copies.Keys);
        string text = TextOf(_moved);
        if (text.Length > 0 && text != now.Tag(MoveTags.Versions))
            await rest.PostAsync("registered-models/set-tag", new { now.Name, Key = MoveTags.Versions, Value = text }, cancellationToken);
    }

    /// <summary>What was made to lift the next number and not taken away again goes.</summary>
    private async Task AddAsync(int original, MovedVersion version, CancellationToken cancellationToken)
    {
        if (VersionMaker.IsFiller(original, version))
            await VersionMaker.DeleteAsync(rest, version, cancellationToken);
        else
            _copies[original] = version;
    }

    private static HashSet<int> NumbersOf(string? text)
    {
        var numbers = new HashSet<int>();
        foreach (string range in (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] ends = range.Split('-');
            if (int.TryParse(ends[0], CultureInfo.InvariantCulture, out int first) && int.TryParse(ends[^1], CultureInfo.InvariantCulture, out int last) && last - first < 1_000_000)
                numbers.UnionWith(Enumerable.Range(first, Math.Max(0, last - first + 1)));
        }

        return numbers;
    }

    private static string TextOf(HashSet<int> numbers)
    {
        var ranges = new List<(int First, int Last)>();
        foreach (int number in numbers.Order())
        {
            if (ranges.Count > 0 && ranges[^1].Last == number - 1)
                ranges[^1] = (ranges[^1].First, number);
            else
                ranges.Add((number, number));
        }

        return string.Join(',', ranges.Select(r => r.First == r.Last ? RegistryAnswers.Text(r.First) : $"{RegistryAnswers.Text(r.First)}-{RegistryAnswers.Text(r.Last)}"));
    }
}
