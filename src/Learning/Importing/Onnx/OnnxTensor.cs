namespace MlOps.Learning.Importing.Onnx;

/// <summary>The types of elements that are told apart, by their number in the format.</summary>
internal enum OnnxType
{
    Single = 1,
    Int32 = 6,
    Int64 = 7,
    Text = 8,
    Boolean = 9,
    Double = 11,
}

/// <summary>A tensor, row-major. Numbers of every type are kept as doubles, which hold them all but integers beyond 2^53; texts apart.</summary>
internal sealed class OnnxTensor
{
    /// <summary>Most elements of a tensor.</summary>
    public const int MaxElements = 64 << 20;

    public OnnxTensor(OnnxType type, int[] shape, double[] numbers)
    {
        (Type, Shape, Numbers, Texts) = (type, shape, numbers, []);
        Check(numbers.Length);
    }

    public OnnxTensor(int[] shape, string[] texts)
    {
        (Type, Shape, Numbers, Texts) = (OnnxType.Text, shape, [], texts);
        Check(texts.Length);
    }

    public OnnxType Type { get; }

    public int[] Shape { get; }

    public double[] Numbers { get; }

    public string[] Texts { get; }

    public int Count => Type == OnnxType.Text ? Texts.Length : Numbers.Length;

    public int Rank => Shape.Length;

    /// <summary>Elements behind each of the first dimension; 1 of a vector.</summary>
    public int Width => Shape.Length == 0 || Shape[0] == 0 ? 0 : Count / Shape[0];

    public int Rows => Shape.Length == 0 ? 1 : Shape[0];

    /// <summary>Whole numbers of a tensor that says shapes, axes or places.</summary>
    public int[] Whole => [.. Numbers.Select(n => n >= int.MaxValue ? int.MaxValue : n <= int.MinValue ? int.MinValue : (int)n)];

    public OnnxTensor As(int[] shape) => Type == OnnxType.Text ? new OnnxTensor(shape, Texts) : new OnnxTensor(Type, shape, Numbers);

    /// <summary>The result of arithmetic on numbers of a type, rounded as that type keeps it.</summary>
    public static OnnxTensor Rounded(OnnxType type, int[] shape, double[] numbers)
    {
        if (type == OnnxType.Single)
        {
            for (int i = 0; i < numbers.Length; i++)
                numbers[i] = (float)numbers[i];
        }

        return new OnnxTensor(type, shape, numbers);
    }

    /// <summary>Elements of a shape, checked before anything of that size is made.</summary>
    public static int Elements(IEnumerable<int> shape)
    {
        long count = 1;
        foreach (int length in shape)
        {
            if (length < 0)
                throw ImportErrors.Damaged($"a tensor has the length {length}");
            count *= length;
            if (count > MaxElements)
                throw ImportErrors.TooLarge("elements in a tensor", count, MaxElements);
        }

        return (int)count;
    }

    private void Check(int count)
    {
        if (Elements(Shape) != count)
            throw ImportErrors.Damaged($"a tensor of the shape [{string.Join(", ", Shape)}] has {count:N0} elements");
    }
}
