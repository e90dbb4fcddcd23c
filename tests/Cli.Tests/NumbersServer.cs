using MlOps.Contracts;
using MlOps.Domain;
using MlOps.Domain.Experiments;
using MlOps.Domain.Registry;
using MlOps.Domain.Serving;
using MlOps.Domain.Training;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;
using MlOps.Server;

namespace MlOps.Cli.Tests;

/// <summary>A server whose only model, <c>steps</c>, says of the numbers x and y whether x is above 50.</summary>
internal sealed class NumbersServer : IAsyncDisposable
{
    private readonly TempDirectory _folder = new();

    private NumbersServer()
    {
    }

    public MlOpsServer Server { get; private set; } = null!;

    public Uri Url => new(Server.Urls[0]);

    /// <param name="sharesThread">As on one processor.</param>
    public static async Task<NumbersServer> StartAsync(bool sharesThread)
    {
        var numbers = new NumbersServer();
        numbers.Server = await MlOpsServer.StartAsync(
            new ServerOptions { Data = new DataDirectory(numbers._folder["data"]), Urls = ["http://127.0.0.1:0"], Timers = false, SharesThread = sharesThread }, default);
        await ServeAsync(numbers.Server.Platform);
        return numbers;
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        _folder.Dispose();
    }

    private static async Task ServeAsync(Platform platform)
    {
        int[] rows = [.. Enumerable.Range(0, 200)];
        var table = new Table([
            new NumberColumn("x", [.. rows.Select(i => i / 2.0)]),
            new NumberColumn("y", [.. rows.Select(i => (double)(i % 7))]),
            CategoryColumn.From("above", rows.Select(i => i > 100 ? "Yes" : "No"))]);
        IModel model = TrainerCatalog.Default.Get("gbdt").Fit(new TrainingSpec { Task = LearningTask.Binary, Target = "above" }, table, null, null, default);
        ModelRef stored = await platform.Models.SaveAsync(model, default);
        var registration = new ModelRegistration(
            "run", stored.Digest, stored.Size, model.Trainer, model.Signature, new Dictionary<string, double>(), new RunLineage("steps@1", "d1", "s1", "1.0", "steps-1"));
        ModelVersion version = await platform.Registry.RegisterAsync("steps", registration, "test", default);
        await platform.Endpoints.ApplyAsync("steps", new TrafficChange(TrafficSplit.Whole(version.Version), "first", null, null), default);
    }
}
