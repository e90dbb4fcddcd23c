using System.Collections.Concurrent;
using MlOps.Domain.Registry;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Serving.Models;

/// <summary>
/// Loaded models within a budget of memory. A model is loaded when it is first asked for, once however many ask at the same time, and goes when its memory is
/// wanted or when it was idle for a time; one whose load failed is tried again when some seconds have passed. Who was given a model keeps it, whether or not it goes meanwhile.
/// </summary>
public sealed class ModelCache
{
    /// <summary>Models that cannot be held whose size is remembered, so that not every request for one loads it to find out.</summary>
    private const int MaxRefused = 1_000;

    internal const string TooLarge = "model-too-large";

    /// <summary>So long a probe waits for a load that it began: those who probe give up after some seconds.</summary>
    private static readonly TimeSpan ProbePatience = TimeSpan.FromSeconds(1);

    private readonly Func<ModelVersion, CancellationToken, Task<IModel>> _read;
    private readonly TimeProvider _time;
    private readonly ModelShelf _shelf;
    private readonly FailedLoads _failed;
    private readonly IdleModels _idle;
    private readonly ConcurrentDictionary<string, long> _tooLarge = new(StringComparer.Ordinal);

    /// <param name="read">Reads a version's model and readies it.</param>
    /// <param name="budget">Bytes that all loaded models may hold together.</param>
    /// <param name="hasTraffic">Whether a version has traffic now; null: none is known to have any.</param>
    /// <param name="idle">How long a model stays that nobody uses and that has no traffic; 0, the default: until its memory is wanted.</param>
    /// <param name="look">Has what is known of a model's traffic read again, before one goes for being idle; null: it is always known.</param>
    public ModelCache(
        Func<ModelVersion, CancellationToken, Task<IModel>> read, long budget, TimeProvider time, Func<ModelVersion, bool>? hasTraffic = null, TimeSpan idle = default, Func<string, CancellationToken, Task>? look = null)
    {
        (_read, _time, _failed) = (read, time, new FailedLoads(time));
        _shelf = new ModelShelf(budget, time, hasTraffic ?? (_ => false));
        _idle = new IdleModels(_shelf, idle, look, time);
    }

    /// <summary>What is in memory now.</summary>
    public ModelMemory Memory => _shelf.Read(slots => new ModelMemory(
        _shelf.Budget, _shelf.Bytes, [.. slots.Select(s => new LoadedModel(s.Digest, [.. s.Versions.Select(v => v.Name)], s.Bytes, _shelf.HasTraffic(s), s.LoadedAt))]));

    /// <summary>The last look for models that are idle.</summary>
    internal Task Looking => _idle.Looking;

    /// <summary>Loads that wait for the memory of others.</summary>
    internal int Waiting => _shelf.Waiting;

    /// <exception cref="MlOpsException">Unavailable <c>model-too-large</c>: it is larger than the whole budget; what its load throws, or threw a short while ago, with the time after which it is tried again.</exception>
    public Task<IModel> GetAsync(ModelVersion version, CancellationToken cancellationToken)
    {
        Task<IModel> load = _shelf.Use(version, NewSlot).Load.Value;
        return load.IsCompletedSuccessfully ? load : load.WaitAsync(cancellationToken);
    }

    /// <summary>What is known of the version's model. Reads nothing, and is no use of the model.</summary>
    public ModelState StateOf(ModelVersion version)
    {
        if (_shelf.Find(version) is { } slot)
            return new(slot.LoadedAt is null ? ModelPhase.Loading : ModelPhase.Loaded);
        return (TooLargeFor(version) ?? _failed.Find(version)) is { } error ? new(ModelPhase.Failed, error) : new(ModelPhase.Unloaded);
    }

    /// <summary>As <see cref="StateOf"/>; a model that is not loaded is tried where it has room beside all others, the first to go again.</summary>
    public async ValueTask<ModelState> TryAsync(ModelVersion version, CancellationToken cancellationToken)
    {
        ModelState known = StateOf(version);
        if (known.Phase != ModelPhase.Unloaded || _shelf.Place(version, Estimate(version), NewSlot) is not { } slot)
            return known;
        try
        {
            await slot.Load.Value.WaitAsync(ProbePatience, _time, cancellationToken);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            // It takes longer, or it failed: the state says so.
        }

        return StateOf(version);
    }

    /// <summary>As <see cref="GetAsync"/>; for so long the model goes only when those with traffic do.</summary>
    public Task<IModel> KeepAsync(ModelVersion version, TimeSpan period, CancellationToken cancellationToken)
    {
        _shelf.Keep(_shelf.Use(version, NewSlot), period);
        return GetAsync(version, cancellationToken);
    }

    /// <summary>Lets go what is loaded for versions of the model alone.</summary>
    public void Unload(string model) => _shelf.EvictAll(slot => slot.Versions.All(v => v.Model == model));

    /// <summary>Counts a loaded model anew that has been explained: what that needs it keeps. One that is larger than the whole budget by it goes when those who use it are done.</summary>
    public void Explained(IModel model)
    {
        if (_shelf.FirstExplained(model) is { } slot)
            _shelf.Grow(slot, model.HeldBytes ?? slot.Bytes);
    }

    // The load belongs to all who wait for it: one caller's cancellation must not end it for the others.
    private ModelSlot NewSlot(ModelVersion version)
    {
        ModelSlot? slot = null;
        return slot = new ModelSlot(version.ModelDigest, new Lazy<Task<IModel>>(() => Task.Run(() => LoadAsync(slot!, version))));
    }

    private async Task<IModel> LoadAsync(ModelSlot slot, ModelVersion version)
    {
        try
        {
            if ((TooLargeFor(version) ?? _failed.Find(version)) is { } known)
                throw known;
            return await MeasuredAsync(slot, version);
        }
        catch
        {
            _shelf.Abandon(slot);
            throw;
        }
    }

    private async Task<IModel> MeasuredAsync(ModelSlot slot, ModelVersion version)
    {
        long started = _time.GetTimestamp();
        string outcome = "failed";
        try
        {
            IModel model = await ReadAsync(slot, version);
            _failed.Forget(version);
            outcome = "loaded";
            return model;
        }
        catch (Exception e) when (e is not MlOpsException { Code: TooLarge })
        {
            throw _failed.Add(version, e);
        }
        finally
        {
            ModelMetrics.Load(version, outcome, _time.GetElapsedTime(started));
        }
    }

    private async Task<IModel> ReadAsync(ModelSlot slot, ModelVersion version)
    {
        if (slot.Bytes == 0)
            await _shelf.ReserveAsync(slot, Estimate(version));
        IModel model = await _read(version, CancellationToken.None);
        long bytes = model.HeldBytes ?? version.ModelSize;
        if (TooLargeFor(version, bytes) is { } tooLarge)
            throw tooLarge;
        _shelf.Settle(slot, bytes);
        _idle.Watch();
        return model;
    }

    /// <summary>More than it will be: scoring keeps what is in the file in its own order too, and names and levels take more room than there.</summary>
    private static long Estimate(ModelVersion version) => (2 * version.ModelSize) + MemorySize.Of(version.Signature);

    private MlOpsException? TooLargeFor(ModelVersion version) => TooLargeFor(version, _tooLarge.GetValueOrDefault(version.ModelDigest, version.ModelSize));

    private MlOpsException? TooLargeFor(ModelVersion version, long bytes)
    {
        if (bytes <= _shelf.Budget)
            return null;
        if (_tooLarge.Count >= MaxRefused)
            _tooLarge.Clear();
        _tooLarge[version.ModelDigest] = bytes;
        return MlOpsException.Unavailable(
            TooLarge,
            $"the model of '{version.Name}' takes {Show(bytes)} of memory, all models together may take {Show(_shelf.Budget)} here: "
            + "give them more (mlops serve --model-memory, in the cloud MlOps__ModelMemoryMb), or train a smaller model (fewer trees, leaves or levels)");
    }

    private static string Show(long bytes) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{bytes / (double)(1 << 20):N1} MiB");
}
