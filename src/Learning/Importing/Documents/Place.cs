using System.Globalization;

namespace MlOps.Learning.Importing.Documents;

/// <summary>A value and where it stands, so that every error can say so.</summary>
internal readonly record struct Place(DocumentValue Value, string Path)
{
    public Place this[string name] => Find(name) ?? throw ImportErrors.Damaged($"{Inside} has no '{name}'");

    private string Inside => Path.Length == 0 ? "it" : $"'{Path}'";

    /// <summary>Null where there is none, or it is null.</summary>
    public Place? Find(string name)
    {
        if (Value is not DocumentObject known)
            throw Wrong("an object");
        return known.Members.TryGetValue(name, out DocumentValue? value) && value is not DocumentNull
            ? new Place(value, Path.Length == 0 ? name : $"{Path}.{name}")
            : null;
    }

    /// <summary>Names of an object's members.</summary>
    public IEnumerable<string> Names => Value is DocumentObject known ? known.Members.Keys : throw Wrong("an object");

    public IReadOnlyList<Place> Items
    {
        get
        {
            string path = Path;
            return Value switch
            {
                DocumentList list => [.. list.Items.Select((item, i) => new Place(item, $"{path}[{i}]"))],
                DocumentNumbers numbers => [.. numbers.Values.Select((n, i) => new Place(new DocumentNumber(n), $"{path}[{i}]"))],
                _ => throw Wrong("a list"),
            };
        }
    }

    public string Text => Value is DocumentText text ? text.Value : throw Wrong("a text");

    public IReadOnlyList<string> Texts => [.. Items.Select(i => i.Text)];

    /// <summary>A number, also one that is written as text.</summary>
    public double Number => Value switch
    {
        DocumentNumber number => number.Value,
        DocumentText text when double.TryParse(text.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) => number,
        _ => throw Wrong("a number"),
    };

    public int Count => Number is >= 0 and <= int.MaxValue and double n && n == Math.Floor(n) ? (int)n : throw Wrong("a count");

    public double[] Numbers => Value is DocumentNumbers numbers ? numbers.Values : throw Wrong("a list of numbers");

    /// <summary>A list of that many numbers.</summary>
    public double[] NumbersOf(int length) => Numbers is var numbers && numbers.Length == length
        ? numbers
        : throw ImportErrors.Damaged($"{Inside} has {numbers.Length:N0} numbers, expected {length:N0}");

    /// <summary>A list of that many whole numbers.</summary>
    public int[] WholeOf(int length)
    {
        double[] numbers = NumbersOf(length);
        var whole = new int[length];
        for (int i = 0; i < length; i++)
            whole[i] = Whole(numbers[i]);
        return whole;
    }

    /// <summary>Whole numbers, however many.</summary>
    public int[] WholeNumbers => WholeOf(Numbers.Length);

    public MlOpsException Wrong(string expected) => ImportErrors.Damaged($"{Inside} is not {expected}");

    private int Whole(double number) => (int)number == number ? (int)number : throw Wrong($"made of whole numbers ({number.ToString(CultureInfo.InvariantCulture)})");
}
