using MlOps.Domain.Registry;
using MlOps.Domain.Storage;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Tests.Registry;

public sealed class RegisterTests : RegistryTest
{
    [Fact]
    public async Task Register_FirstModel_IsVersionOneWithAllThatWasGiven()
    {
        ModelVersion registered = await RegisterAsync("churn", "r1");
        ModelVersion read = await Registry.GetVersionAsync("churn", 1, None);

        Assert.Equal(("churn", 1, "r1", "sha256-1", 1_234L, "gbdt"), (read.Model, read.Version, read.RunId, read.ModelDigest, read.ModelSize, read.Trainer));
        Assert.Equal((Lineage, "first try", "ann", Stores.Time.GetUtcNow()), (read.Lineage, read.Description, read.CreatedBy, read.CreatedAt));
        Assert.Equal([0.84, double.NaN], [read.Metrics["auc"], read.Metrics["odd"]]);
        Assert.Equal(["One year", "Two year"], read.Signature.Inputs[1].Levels!);
        Assert.Equal((Signature.Task, "No,Yes"), (read.Signature.Task, string.Join(',', read.Signature.Classes)));
        Assert.Equal(read.Name, registered.Name);
    }

    [Fact]
    public async Task Register_OneRunTwice_IsOneVersion()
    {
        await RegisterAsync("churn", "r1");
        await RegisterAsync("churn", "r2");

        Assert.Equal(1, (await RegisterAsync("churn", "r1")).Version);
        Assert.Equal(2, (await Registry.ListVersionsAsync("churn", None)).Count);
    }

    [Fact]
    public async Task Register_OneRunWithTwoModelFiles_IsAConflict()
    {
        await RegisterAsync("churn", "r1");

        MlOpsException e = await FailsAsync(ErrorKind.Conflict, "run-registered", () => Registry.RegisterAsync("churn", Registration("r1", "sha256-2"), "ann", None));

        Assert.Contains("run 'r1' is version 1 of 'churn' with model file sha256-1, not sha256-2", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Register_OneRunUnderTwoModels_IsAVersionOfEach()
    {
        Assert.Equal(1, (await RegisterAsync("churn", "r1")).Version);
        Assert.Equal(1, (await RegisterAsync("churn-eu", "r1")).Version);
    }

    [Fact]
    public async Task Register_EightAtOnce_GetVersionsOneToEight()
    {
        ModelVersion[] versions = await Task.WhenAll(Enumerable.Range(1, 8).Select(i => Task.Run(() => RegisterAsync("churn", $"r{i}"))));

        Assert.Equal(Enumerable.Range(1, 8), versions.Select(v => v.Version).Order());
        Assert.Equal(Enumerable.Range(1, 8).Reverse(), (await Registry.ListVersionsAsync("churn", None)).Select(v => v.Version));
        await Assert.AllAsync(versions, async v => Assert.Equal(v.Version, (await RegisterAsync("churn", v.RunId)).Version));
    }

    [Fact]
    public async Task Register_OneRunEightTimesAtOnce_IsOneVersionAndOneEvent()
    {
        ModelVersion[] versions = await Task.WhenAll(Enumerable.Range(1, 8).Select(_ => Task.Run(() => RegisterAsync("churn", "r1"))));

        Assert.All(versions, v => Assert.Equal(1, v.Version));
        Assert.Single(await Registry.ListEventsAsync("churn", None).ToListAsync());
    }

    [Fact]
    public async Task Register_WhenTheProcessDiedAfterTheIndexRow_ListsNoModelUntilItIsRegistered()
    {
        await Stores.Tables.WriteAsync("modelIndex", EntityWrite.Insert(new Entity("m", "churn")), None);
        Assert.Empty(await Registry.ListModelsAsync(None));

        await RegisterAsync("churn", "r1");

        Assert.Equal("churn", Assert.Single(await Registry.ListModelsAsync(None)).Name);
    }

    [Fact]
    public async Task Register_SignatureWithManyLevels_FillsSeveralProperties()
    {
        ModelSignature wide = Signature with { Inputs = [new FeatureSignature("zip", ColumnType.Category, false, [.. Enumerable.Range(0, 50_000).Select(i => $"z{i}")])] };

        await Registry.RegisterAsync("churn", Registration("r1") with { Signature = wide }, "ann", None);

        Assert.Equal(50_000, (await Registry.GetVersionAsync("churn", 1, None)).Signature.Inputs[0].Levels!.Count);
    }

    [Fact]
    public async Task Register_SignatureBeyondARow_IsTooLargeAndLeavesNoModel()
    {
        ModelSignature wide = Signature with { Inputs = [new FeatureSignature("zip", ColumnType.Category, false, [.. Enumerable.Range(0, 200_000).Select(i => $"z{i}")])] };

        await FailsAsync(ErrorKind.TooLarge, "model-version-too-large", () => Registry.RegisterAsync("churn", Registration("r1") with { Signature = wide }, "ann", None));

        Assert.Empty(await Registry.ListModelsAsync(None));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" churn")]
    [InlineData("a/b")]
    [InlineData("a:b")]
    [InlineData("a@b")]
    [InlineData("a%2fb")]
    [InlineData("..")]
    [InlineData("a\tb")]
    public async Task Register_BadModelName_SaysWhatIsAllowed(string model)
    {
        MlOpsException e = await FailsAsync(ErrorKind.Invalid, "model-name", () => RegisterAsync(model, "r1"));

        Assert.Contains("1 to 200 characters", e.Message, StringComparison.Ordinal);
        Assert.Empty(await Registry.ListModelsAsync(None));
    }

    [Theory]
    [InlineData("churn v2")]
    [InlineData("Kündigung")]
    [InlineData("解約-予測")]
    public async Task Register_NameOfAnyScript_IsKept(string model)
    {
        await RegisterAsync(model, "r1");

        Assert.Equal(model, Assert.Single(await Registry.ListModelsAsync(None)).Name);
    }

    [Fact]
    public async Task Register_DescriptionTooLong_IsRefused() =>
        await FailsAsync(ErrorKind.Invalid, "description-too-long", () => Registry.RegisterAsync("churn", Registration("r1") with { Description = new string('x', 5_001) }, "ann", None));
}
