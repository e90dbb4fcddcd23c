using System.Text.Json;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Serving;

/// <summary>
/// Records turned into columns. Only a feature has one; of names that the model does not know it is kept which rows have them, so that a
/// request costs by what it holds and not by rows times names.
/// </summary>
internal sealed class RequestRecords(ModelSignature signature, int rows)
{
    /// <summary>Each is compared with every feature.</summary>
    private const int MaxUnknown = 1_000;

    private readonly HashSet<string> _features = [.. signature.Inputs.Select(i => i.Name)];
    private readonly Dictionary<string, object?[]> _columns = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<int>> _unknown = new(StringComparer.Ordinal);

    /// <summary>Records so far.</summary>
    public int Count { get; private set; }

    /// <summary>Names that are no features.</summary>
    public IReadOnlyCollection<string> Unknown => _unknown.Keys;

    /// <summary>Null when no record has the feature. An item that is null is a name that the record does not have; JSON's null is a value.</summary>
    public object?[]? ValuesOf(string feature) => _columns.GetValueOrDefault(feature);

    /// <summary>Whether the record has the name, which is none of a feature.</summary>
    public bool Has(string unknown, int row) => _unknown[unknown].Contains(row);

    /// <param name="record">An object. Of a name that is there twice the last counts.</param>
    /// <exception cref="MlOpsException">Invalid <c>request-shape</c>: far too many names that the model does not know.</exception>
    public void Add(JsonElement record)
    {
        foreach (JsonProperty property in record.EnumerateObject())
        {
            if (_features.Contains(property.Name))
                Column(property.Name)[Count] = property.Value;
            else
                RowsOf(property.Name).Add(Count);
        }

        Count++;
    }

    private object?[] Column(string feature)
    {
        if (!_columns.TryGetValue(feature, out object?[]? values))
            _columns[feature] = values = new object?[rows];
        return values;
    }

    private HashSet<int> RowsOf(string name)
    {
        if (!_unknown.TryGetValue(name, out HashSet<int>? found))
        {
            if (_unknown.Count == MaxUnknown)
                throw MlOpsException.Invalid("request-shape", $"row {Count}: '{name}' is one of more than {MaxUnknown:N0} names that the model does not know; send its features only");
            _unknown[name] = found = [];
        }

        return found;
    }
}
