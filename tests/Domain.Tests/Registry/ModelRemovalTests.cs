using MlOps.Domain.Registry;

namespace MlOps.Domain.Tests.Registry;

/// <summary>A model is deleted with what goes by its name, also where that is broken off, before another one is called so.</summary>
public sealed class ModelRemovalTests : RegistryTest
{
    private readonly List<string> _forgotten = [];
    private int _failures;

    [Fact]
    public async Task Delete_ThatIsBrokenOff_IsFinishedByDeletingAgain()
    {
        ModelRegistry registry = Forgetful();
        await registry.RegisterAsync("churn", Registration("r1"), "ann", None);
        _failures = 1;

        await Assert.ThrowsAsync<IOException>(() => registry.Catalog.DeleteAsync("churn", None));

        await FailsAsync(ErrorKind.NotFound, "model-missing", () => registry.GetModelAsync("churn", None));
        await FailsAsync(ErrorKind.Unavailable, "model-removing", () => registry.Catalog.DeleteAsync("churn", None));
        Stores.Time.Advance(TimeSpan.FromSeconds(61));
        await registry.Catalog.DeleteAsync("churn", None);
        Assert.Equal(["churn"], _forgotten);
        await FailsAsync(ErrorKind.NotFound, "model-missing", () => registry.Catalog.DeleteAsync("churn", None));
    }

    [Fact]
    public async Task Delete_ThatIsBrokenOff_SaysWhenToTryAgain()
    {
        ModelRegistry registry = Forgetful();
        await registry.RegisterAsync("churn", Registration("r1"), "ann", None);
        _failures = 1;
        await Assert.ThrowsAsync<IOException>(() => registry.Catalog.DeleteAsync("churn", None));

        MlOpsException refused = await Assert.ThrowsAsync<MlOpsException>(() => registry.Catalog.DeleteAsync("churn", None));

        Assert.Equal((ErrorKind.Unavailable, TimeSpan.FromSeconds(5)), (refused.Kind, refused.RetryAfter));
    }

    [Fact]
    public async Task Create_AfterADeletionThatWasBrokenOff_FinishesItFirst()
    {
        ModelRegistry registry = Forgetful();
        await registry.RegisterAsync("churn", Registration("r1"), "ann", None);
        await registry.RegisterAsync("other", Registration("r2"), "ann", None);
        _failures = 2;
        await Assert.ThrowsAsync<IOException>(() => registry.Catalog.DeleteAsync("churn", None));
        Stores.Time.Advance(TimeSpan.FromSeconds(61));

        await Assert.ThrowsAsync<IOException>(() => registry.Catalog.RenameAsync("other", "churn", "ann", None));
        await FailsAsync(ErrorKind.Unavailable, "model-removing", () => registry.RegisterAsync("churn", Registration("r3"), "ann", None));
        Stores.Time.Advance(TimeSpan.FromSeconds(61));
        await registry.Catalog.RenameAsync("other", "churn", "ann", None);

        Assert.Equal(["churn"], _forgotten);
        Assert.Equal("r2", (await registry.GetVersionAsync("churn", 1, None)).RunId);
    }

    [Fact]
    public async Task Create_WithTheNameOfARenamedModel_ForgetsWhatWentByIt()
    {
        ModelRegistry registry = Forgetful();
        await registry.RegisterAsync("churn", Registration("r1"), "ann", None);
        await registry.Catalog.RenameAsync("churn", "churn eu", "ann", None);
        Assert.Empty(_forgotten);

        await registry.RegisterAsync("churn", Registration("r2"), "ann", None);

        Assert.Equal(["churn"], _forgotten);
        Assert.Equal("r1", (await registry.GetVersionAsync("churn eu", 1, None)).RunId);
    }

    [Fact]
    public async Task Rename_AndBack_ForgetsNothing()
    {
        ModelRegistry registry = Forgetful();
        await registry.RegisterAsync("churn", Registration("r1"), "ann", None);

        await registry.Catalog.RenameAsync("churn", "churn eu", "ann", None);
        await registry.Catalog.RenameAsync("churn eu", "churn", "ann", None);

        Assert.Empty(_forgotten);
        Assert.Equal("r1", (await registry.GetVersionAsync("churn", 1, None)).RunId);
        await registry.RegisterAsync("churn eu", Registration("r2"), "ann", None);
        Assert.Equal(["churn eu"], _forgotten);
    }

    [Fact]
    public async Task Rename_ToANameThatAnotherModelLeft_ForgetsWhatWentByIt()
    {
        ModelRegistry registry = Forgetful();
        await registry.RegisterAsync("a", Registration("r1"), "ann", None);
        await registry.RegisterAsync("b", Registration("r2"), "ann", None);
        await registry.Catalog.RenameAsync("a", "c", "ann", None);

        await registry.Catalog.RenameAsync("b", "a", "ann", None);

        Assert.Equal(["a"], _forgotten);
    }

    [Fact]
    public async Task Delete_ThatTookTooLong_StopsWhereAnotherTookOver()
    {
        ModelRegistry slow = new(Stores.Tables, Stores.Time, forget: async (model, goOn, _) =>
        {
            await goOn();
            Stores.Time.Advance(TimeSpan.FromSeconds(61));
            await Forgetful().RegisterAsync(model, Registration("r2"), "bob", None);
            await goOn();
            _forgotten.Add("too late");
        });
        await slow.RegisterAsync("churn", Registration("r1"), "ann", None);

        await slow.Catalog.DeleteAsync("churn", None);

        Assert.Equal(["churn"], _forgotten);
        Assert.Equal("r2", (await Registry.GetVersionAsync("churn", 1, None)).RunId);
    }

    private ModelRegistry Forgetful() => new(Stores.Tables, Stores.Time, forget: (model, _, _) =>
    {
        if (_failures-- > 0)
            throw new IOException("the store is away");
        _forgotten.Add(model);
        return Task.CompletedTask;
    });
}
