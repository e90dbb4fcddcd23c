using MlOps.Learning.Statistics;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Importing.Onnx.Kernels;

/// <summary>Operators on each element by itself.</summary>
internal static class Arithmetic
{
    public static IEnumerable<KeyValuePair<string, OnnxOperator>> All { get; } =
    [
        Two("Add", (a, b) => a + b), Two("Sub", (a, b) => a - b), Two("Mul", (a, b) => a * b), Two("Div", (a, b) => a / b), Two("Pow", Math.Pow),
        Many("Min", Math.Min), Many("Max", Math.Max), Many("Sum", (a, b) => a + b),
        Test("Less", (a, b) => a < b), Test("LessOrEqual", (a, b) => a <= b), Test("Greater", (a, b) => a > b), Test("GreaterOrEqual", (a, b) => a >= b), Test("Equal", (a, b) => a == b),
        Test("And", (a, b) => a != 0 && b != 0), Test("Or", (a, b) => a != 0 || b != 0),
        One("Neg", x => -x), One("Abs", Math.Abs), One("Sqrt", Math.Sqrt), One("Exp", Math.Exp), One("Log", Math.Log), One("Reciprocal", x => 1 / x),
        One("Floor", Math.Floor), One("Ceil", Math.Ceiling), One("Round", Math.Round), One("Erf", Erf), One("Sign", x => double.IsNaN(x) ? x : Math.Sign(x)), One("Not", x => x == 0 ? 1 : 0),
        One("Relu", x => x < 0 ? 0 : x), One("Sigmoid", Links.Sigmoid), One("Tanh", Math.Tanh), One("Softplus", Links.SoftPlus), One("Softsign", x => x / (1 + Math.Abs(x))),
        new("IsNaN", (_, _) => inputs => [new OnnxTensor(OnnxType.Boolean, In(inputs, 0).Shape, [.. In(inputs, 0).Numbers.Select(x => double.IsNaN(x) ? 1.0 : 0)])]),
        new("LeakyRelu", (node, _) => With(node.Number("alpha", 0.01), (alpha, x) => x < 0 ? alpha * x : x)),
        new("Elu", (node, _) => With(node.Number("alpha", 1), (alpha, x) => x < 0 ? alpha * (Math.Exp(x) - 1) : x)),
        new("Selu", (node, _) => Selu(node.Number("alpha", 1.67326319217681884765625), node.Number("gamma", 1.05070102214813232421875))),
        new("HardSigmoid", (node, _) => Hard(node.Number("alpha", 0.2f), node.Number("beta", 0.5))),
        new("Clip", (node, opset) => inputs => Clip(node, opset, inputs)),
        new("Where", (_, _) => Where),
    ];

    public static OnnxTensor In(OnnxTensor?[] inputs, int index) => index < inputs.Length && inputs[index] is { } tensor ? tensor : throw ImportErrors.Damaged($"an operator lacks its input {index + 1}");

    private static OnnxTensor Map(OnnxTensor x, Func<double, double> map) => OnnxTensor.Rounded(x.Type, x.Shape, [.. Broadcast.Numeric(x).Select(map)]);

    private static KeyValuePair<string, OnnxOperator> One(string name, Func<double, double> map) => new(name, (_, _) => inputs => [Map(In(inputs, 0), map)]);

    private static OnnxKernel With(double parameter, Func<double, double, double> map) => inputs => [Map(In(inputs, 0), x => map(parameter, x))];

    private static OnnxKernel Selu(double alpha, double gamma) => inputs => [Map(In(inputs, 0), x => gamma * (x > 0 ? x : alpha * (Math.Exp(x) - 1)))];

    /// <summary>1 - 2 Q(x sqrt 2) of the normal distribution.</summary>
    private static double Erf(double x) => 1 - (2 * SpecialFunctions.NormalTail(x * Math.Sqrt(2)));

    private static OnnxKernel Hard(double alpha, double beta) => inputs => [Map(In(inputs, 0), x => Math.Clamp((alpha * x) + beta, 0, 1))];

    /// <summary>Whole numbers are divided without a rest.</summary>
    private static KeyValuePair<string, OnnxOperator> Two(string name, Func<double, double, double> combine) => new(name, (_, _) => inputs =>
    {
        OnnxType type = In(inputs, 0).Type;
        bool whole = name == "Div" && type is OnnxType.Int32 or OnnxType.Int64;
        return [Broadcast.Apply(type, In(inputs, 0), In(inputs, 1), whole ? (a, b) => Math.Truncate(a / b) : combine)];
    });

    private static KeyValuePair<string, OnnxOperator> Many(string name, Func<double, double, double> combine) => new(name, (_, _) => inputs =>
        [inputs.Skip(1).Aggregate(In(inputs, 0), (a, b) => Broadcast.Apply(a.Type, a, b!, combine))]);

    private static KeyValuePair<string, OnnxOperator> Test(string name, Func<double, double, bool> test) => new(name, (_, _) => inputs =>
        [Broadcast.Apply(OnnxType.Boolean, In(inputs, 0), In(inputs, 1), (a, b) => test(a, b) ? 1 : 0)]);

    /// <summary>The bounds were attributes before version 11 and are inputs since.</summary>
    private static OnnxTensor[] Clip(OnnxNode node, int opset, OnnxTensor?[] inputs)
    {
        double low = opset < 11 ? node.Number("min", double.NegativeInfinity) : Bound(inputs, 1) ?? double.NegativeInfinity;
        double high = opset < 11 ? node.Number("max", double.PositiveInfinity) : Bound(inputs, 2) ?? double.PositiveInfinity;
        return [Map(In(inputs, 0), x => x < low ? low : x > high ? high : x)];
    }

    private static double? Bound(OnnxTensor?[] inputs, int index) => inputs.ElementAtOrDefault(index) is { Numbers: [var bound, ..] } ? bound : null;

    private static OnnxTensor[] Where(OnnxTensor?[] inputs)
    {
        (OnnxTensor test, OnnxTensor yes, OnnxTensor no) = (In(inputs, 0), In(inputs, 1), In(inputs, 2));
        int[] shape = Broadcast.Shape(Broadcast.Shape(test.Shape, yes.Shape), no.Shape);
        var result = new double[OnnxTensor.Elements(shape)];
        int[] atTest = Broadcast.Places(test.Shape, shape, result.Length), atYes = Broadcast.Places(yes.Shape, shape, result.Length), atNo = Broadcast.Places(no.Shape, shape, result.Length);
        double[] tests = Broadcast.Numeric(test), ifYes = Broadcast.Numeric(yes), ifNo = Broadcast.Numeric(no);
        for (int i = 0; i < result.Length; i++)
            result[i] = tests[atTest[i]] != 0 ? ifYes[atYes[i]] : ifNo[atNo[i]];
        return [new OnnxTensor(yes.Type, shape, result)];
    }
}
