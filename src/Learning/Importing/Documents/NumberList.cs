namespace MlOps.Learning.Importing.Documents;

/// <summary>Gathers the items of a list as numbers for as long as they are.</summary>
internal sealed class NumberList
{
    private readonly List<double> _numbers = [];
    private List<DocumentValue>? _items;

    public void Add(double number)
    {
        if (_items is null)
            _numbers.Add(number);
        else
            _items.Add(new DocumentNumber(number));
    }

    public void Add(DocumentValue item)
    {
        _items ??= [.. _numbers.Select(n => new DocumentNumber(n))];
        _items.Add(item);
    }

    public DocumentValue ToValue() => _items is { } items ? new DocumentList(items) : new DocumentNumbers([.. _numbers]);
}
