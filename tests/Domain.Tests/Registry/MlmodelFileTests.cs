using MlOps.Domain.Registry.Sources;

namespace MlOps.Domain.Tests.Registry;

public sealed class MlmodelFileTests
{
    private const string Text = """
        artifact_path: model
        flavors:
          onnx:
            data: model.onnx
            onnx_version: 1.12.0
            providers: [CPUExecutionProvider, {a: b}]
          python_function:
            data: model.onnx
            env: {conda: conda.yaml, virtualenv: python_env.yaml}
        signature:
          inputs: '[{"type": "double", "name": "tenure", "required": true}, {"type": "double", "name": "charge"}]'
          outputs: '[{"type": "long", "name": "churn"}]'
        """;

    [Fact]
    public void Read_FileOfMlflow_SaysFlavoursFilesAndNames()
    {
        MlmodelFile file = MlmodelFile.Read(Text);

        Assert.Equal(["onnx", "python_function"], file.Files.Keys);
        Assert.Equal("model.onnx", file.Files["onnx"]);
        Assert.Equal(["tenure", "charge"], file.Inputs);
        Assert.Equal("churn", file.Output);
    }

    [Fact]
    public void Read_FileOfLongKeysAndManyValues_TakesNoMoreMemoryThanTheFile()
    {
        string key = new('k', 1_000), many = string.Join(", ", Enumerable.Range(0, 50_000).Select(i => $"a{i}: 1"));
        string deep = "flavors: {" + string.Concat(Enumerable.Repeat($"{key}: {{", 20)) + many + new string('}', 21) + "\n" + Text;
        string wide = $"flavors: {{x: {{{many}}}}}\n";
        long before = GC.GetAllocatedBytesForCurrentThread();

        MlmodelFile file = MlmodelFile.Read(deep);
        MlmodelFile.Read(wide);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 200 << 20);
        Assert.DoesNotContain(file.Files.Keys, k => k.Length > 250);
    }

    [Theory]
    [InlineData("")]
    [InlineData("- a\n- b")]
    [InlineData("flavors: 'no end")]
    [InlineData("? {a: b}\n: c")]
    [InlineData("signature: {inputs: '[{\"type\": \"tensor\"}]', outputs: 'x'}")]
    public void Read_WhatSaysNothing_IsEmpty(string text)
    {
        MlmodelFile file = MlmodelFile.Read(text);

        Assert.Empty(file.Files);
        Assert.Empty(file.Inputs);
        Assert.Null(file.Output);
    }

    [Fact]
    public void Read_DepthThatNoModelHas_IsLeft() => Assert.Empty(MlmodelFile.Read(new string('[', 400_000)).Files);

    [Theory]
    [InlineData("model.onnx,MLmodel", "onnx=model.onnx", "model.onnx")]
    [InlineData("model.pkl,MLmodel", "lightgbm=model.pkl,python_function=", null)]
    [InlineData("model.ubj,model.pkl", "sklearn=model.pkl", "model.ubj")]
    [InlineData("model.mlops,signature.json", "", "model.mlops")]
    [InlineData("signature.json,requirements.txt", "", null)]
    [InlineData("model.json", "xgboost=elsewhere.json", "model.json")]
    public void Choose_OfFilesAndFlavours_TakesWhatCanBeRead(string names, string flavours, string? chosen)
    {
        Dictionary<string, string?> files = flavours.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(f => f.Split('=')).ToDictionary(f => f[0], f => f[1].Length == 0 ? null : f[1]);

        Assert.Equal(chosen, SourceFiles.Choose(new MlmodelFile(files, [], null), names.Split(',')));
    }
}
