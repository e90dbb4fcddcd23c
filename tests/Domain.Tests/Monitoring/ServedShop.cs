using System.Text;
using MlOps.Contracts;
using MlOps.Domain.Monitoring;
using MlOps.Domain.Serving;
using MlOps.Domain.Tests.Pipelines;
using MlOps.Learning.Tables;

namespace MlOps.Domain.Tests.Monitoring;

/// <summary>A world whose pipeline has run, so that a champion serves, and traffic for it.</summary>
internal sealed class ServedShop : IAsyncDisposable
{
    private readonly TempDirectory _folder = new();
    private int _requests;

    public PipelineWorld World { get; private set; } = null!;

    public RecordingSink Sink { get; } = new();

    public static async Task<ServedShop> OpenAsync(string monitoring)
    {
        var shop = new ServedShop();
        shop.World = await PipelineWorld.OpenAsync(shop._folder.FullPath, sinks: [shop.Sink]);
        await shop.World.AddAsync("shop", SmallData.Csv(600));
        await shop.World.RunAsync(SmallData.Pipeline + monitoring);
        return shop;
    }

    /// <summary>Predictions for fresh rows, and their truth when wanted.</summary>
    public async Task SendAsync(int rows, ulong seed, double shift = 0, bool truth = false, bool lie = false)
    {
        using var csv = new MemoryStream(Encoding.UTF8.GetBytes(SmallData.Csv(rows, seed, shift)));
        Table table = await CsvReader.ReadAsync(csv, new CsvOptions(), default);
        string id = $"request-{++_requests}";
        await World.Predictor.PredictAsync(new PredictionRequest("shop", null, table.Without("bought"), id, null), default);
        if (!truth)
            return;
        Column bought = table["bought"];
        string Told(int row) => lie ? (bought.Format(row) == "Yes" ? "No" : "Yes") : bought.Format(row)!;
        await World.Feedback.AddAsync("shop", [.. Enumerable.Range(0, rows).Select(row => new Feedback(id, row, Told(row)))], default);
    }

    public async ValueTask DisposeAsync()
    {
        await World.DisposeAsync();
        _folder.Dispose();
    }
}

/// <summary>Remembers what it was told; fails as often as asked first.</summary>
internal sealed class RecordingSink : IAlertSink
{
    private readonly List<Alert> _sent = [];

    public int Failures { get; set; }

    public IReadOnlyList<Alert> Sent
    {
        get
        {
            lock (_sent)
                return [.. _sent];
        }
    }

    public string Name => "recording";

    public bool Wants(MonitorPolicy policy) => true;

    public Task SendAsync(Alert alert, MonitorPolicy policy, CancellationToken cancellationToken)
    {
        lock (_sent)
        {
            if (Failures-- > 0)
                throw MlOpsException.Invalid("sink-refused", "no");
            _sent.Add(alert);
        }

        return Task.CompletedTask;
    }
}
