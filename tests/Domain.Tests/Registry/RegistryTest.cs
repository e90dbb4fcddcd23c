using MlOps.Domain.Experiments;
using MlOps.Domain.Registry;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Tests.Registry;

/// <summary>A registry on real stores, and short ways to register.</summary>
public abstract class RegistryTest : IAsyncLifetime
{
    protected static readonly RunLineage Lineage = new("telco@3", "d1", "s1", "1.0", "telco-7");

    protected static readonly ModelSignature Signature = new(
        LearningTask.Binary,
        "Churn",
        [new FeatureSignature("tenure", ColumnType.Number, false), new FeatureSignature("Contract", ColumnType.Category, true, ["One year", "Two year"])],
        ["No", "Yes"]);

    internal EmbeddedStores Stores { get; } = new();

    internal ModelRegistry Registry => new(Stores.Tables, Stores.Time);

    protected static CancellationToken None => CancellationToken.None;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await Stores.DisposeAsync();

    /// <summary>A registration for tests of other slices.</summary>
    internal static ModelRegistration Sample(string runId) => Registration(runId);

    protected static ModelRegistration Registration(string runId, string digest = "sha256-1") => new(
        runId, digest, 1_234, "gbdt", Signature, new Dictionary<string, double> { ["auc"] = 0.84, ["odd"] = double.NaN }, Lineage, "first try");

    internal Task<ModelVersion> RegisterAsync(string model, string runId) => Registry.RegisterAsync(model, Registration(runId), "ann", None);

    internal async Task<int> ResolveAsync(string selector) => (await Registry.ResolveAsync(ModelSelector.Parse(selector), None)).Version;

    internal async Task RegisterManyAsync(string model, int versions)
    {
        for (int i = 1; i <= versions; i++)
            await RegisterAsync(model, $"{model}-run-{i}");
    }

    protected static async Task<MlOpsException> FailsAsync(ErrorKind kind, string code, Func<Task> act)
    {
        MlOpsException e = await Assert.ThrowsAsync<MlOpsException>(act);
        Assert.Equal((kind, code), (e.Kind, e.Code));
        return e;
    }
}
