namespace MlOps.Learning.Importing.Documents;

/// <summary>Gathers the items of a list as numbers for as long as they are, and counts each as what it becomes.</summary>
/// <param name="depth">Of the items.</param>
internal sealed class NumberList(DocumentBudget budget, int depth)
{
    private readonly List<double> _numbers = [];
    private List<DocumentValue>? _items;

    public void Add(double number)
    {
        if (_items is null)
        {
            budget.TakeNumbers(1);
            _numbers.Add(number);
            return;
        }

        budget.Take(depth);
        _items.Add(new DocumentNumber(number));
    }

    /// <param name="item">Is counted already.</param>
    public void Add(DocumentValue item)
    {
        _items ??= Mixed();
        _items.Add(item);
    }

    public DocumentValue ToValue() => _items is { } items ? new DocumentList(items) : new DocumentNumbers([.. _numbers]);

    private List<DocumentValue> Mixed()
    {
        foreach (double _ in _numbers)
            budget.Take(depth);
        return [.. _numbers.Select(n => new DocumentNumber(n))];
    }
}
