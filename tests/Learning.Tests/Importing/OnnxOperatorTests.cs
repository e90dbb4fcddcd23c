using MlOps.Learning.Importing.Onnx;

namespace MlOps.Learning.Tests.Importing;

/// <summary>Every operator by itself, against numpy (onnx_operators.py).</summary>
public sealed class OnnxOperatorTests
{
    private static readonly OnnxOperatorCase[] Cases = OnnxOperatorCase.Read(Path.Combine(ExpectedRows.Folder, "onnx-operators.json"));

    public static TheoryData<string> Operators => [.. OnnxOperators.Known.Keys.Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Operators))]
    public void Run_EveryKnownOperator_GivesWhatItsDefinitionSays(string name)
    {
        OnnxOperatorCase[] cases = [.. Cases.Where(c => c.Node.ToString() == name)];
        Assert.NotEmpty(cases);
        Assert.All(cases, c => c.Check());
    }

    [Fact]
    public void Run_CaseOfAnUnknownOperator_IsNone() => Assert.Empty(Cases.Select(c => c.Node.ToString()).Except(OnnxOperators.Known.Keys));
}
