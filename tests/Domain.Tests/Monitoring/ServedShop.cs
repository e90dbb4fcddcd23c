using System.Text;
using MlOps.Contracts;
using MlOps.Domain.Monitoring;
using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Log;
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

    public static async Task<ServedShop> OpenAsync(string monitoring, int incomeGapEvery = 0)
    {
        var shop = new ServedShop();
        shop.World = await PipelineWorld.OpenAsync(shop._folder.FullPath, sinks: [shop.Sink]);
        await shop.World.AddAsync("shop", Gapped(SmallData.Csv(600), incomeGapEvery));
        await shop.World.RunAsync(SmallData.Pipeline + monitoring);
        return shop;
    }

    /// <summary>Predictions for fresh rows, and their truth when wanted.</summary>
    public async Task SendAsync(int requests, int rows, ulong seed)
    {
        for (int i = 0; i < requests; i++)
            await SendAsync(rows, seed + (ulong)i, truth: true);
    }

    /// <inheritdoc cref="SendAsync(int, int, ulong)"/>
    public async Task SendAsync(int rows, ulong seed, double shift = 0, bool truth = false, bool lie = false, int incomeGapEvery = 0)
    {
        using var csv = new MemoryStream(Encoding.UTF8.GetBytes(Gapped(SmallData.Csv(rows, seed, shift), incomeGapEvery)));
        Table table = await CsvReader.ReadAsync(csv, new CsvOptions(), default);
        string id = $"request-{++_requests}";
        await World.Predictor.PredictAsync(new PredictionRequest("shop", null, table.Without("bought"), id, null), default);
        if (!truth)
            return;
        Column bought = table["bought"];
        string Told(int row) => lie ? (bought.Format(row) == "Yes" ? "No" : "Yes") : bought.Format(row)!;
        await World.Feedback.AddAsync("shop", [.. Enumerable.Range(0, rows).Select(row => new Feedback(id, row, Told(row)))], default);
    }

    /// <summary>Leaves the first column, the income, out of every so many rows; 0 leaves all in.</summary>
    private static string Gapped(string csv, int every) => every == 0
        ? csv
        : string.Join('\n', csv.Split('\n').Select((line, i) => i > 0 && i % every == 0 && line.Length > 0 ? line[line.IndexOf(',', StringComparison.Ordinal)..] : line));

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
