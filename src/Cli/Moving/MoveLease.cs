using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;

namespace MlOps.Cli.Moving;

/// <summary>
/// Lets one move at a time into a target: two at once would each make what the other is making. It is a tag of the default experiment, since
/// that is what every server of MLflow's has: set, read again before the first write, renewed while the move goes on, and taken away at its
/// end. MLflow compares nothing when it sets a tag: of two that begin in the same moment the last stays, and the other finds that out. Times
/// are those of the target's clock, so the clocks of those who move may differ.
/// </summary>
internal sealed class MoveLease : IAsyncDisposable
{
    private static readonly TimeSpan Length = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Renewal = TimeSpan.FromSeconds(30);

    private readonly MlflowRest _rest;
    private readonly TimeProvider _time;
    private readonly string _holder;
    private DateTimeOffset _since;
    private bool _isTaken;

    private MoveLease(MlflowRest rest, TimeProvider time)
    {
        (_rest, _time) = (rest, time);
        _holder = $"{Environment.MachineName}, process {Environment.ProcessId}, {RandomNumberGenerator.GetHexString(8, lowercase: true)}";
    }

    private DateTimeOffset Now => _rest.ServerTime ?? _time.GetUtcNow();

    /// <summary>Where the target has no active default experiment there is none, and nobody is kept from it.</summary>
    /// <exception cref="MlOpsException">Conflict <c>move-running</c>.</exception>
    public static async Task<MoveLease> TakeAsync(MlflowRest rest, TimeProvider time, CancellationToken cancellationToken)
    {
        var lease = new MoveLease(rest, time);
        if (await lease.ReadAsync(cancellationToken) is { IsActive: true } now)
        {
            lease.CheckFree(now.Lease);
            lease._since = lease.Now;
            await lease.SetAsync(cancellationToken);
            lease._isTaken = true;
        }

        return lease;
    }

    /// <summary>Whether nobody else has taken it at the same moment.</summary>
    /// <exception cref="MlOpsException">Conflict <c>move-running</c>.</exception>
    public async Task ConfirmAsync(CancellationToken cancellationToken)
    {
        if (_isTaken && await ReadAsync(cancellationToken) is { } now)
            CheckFree(now.Lease);
    }

    /// <summary>Does the work and renews the lease meanwhile; work whose lease another has taken is broken off.</summary>
    /// <exception cref="MlOpsException">Conflict <c>move-running</c>.</exception>
    public async Task<T> WhileHeldAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        if (!_isTaken)
            return await work(cancellationToken);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<T> working = work(stop.Token);
        Task renewing = RenewAsync(stop.Token);
        bool isLost = await Task.WhenAny(working, renewing) == renewing;
        await stop.CancelAsync();
        await ((Task)working).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (isLost && !cancellationToken.IsCancellationRequested)
            await renewing;
        await renewing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return await working;
    }

    /// <summary>Also of a move that was broken off. What cannot be taken away now runs out.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_isTaken)
            return;
        try
        {
            if (await ReadAsync(CancellationToken.None) is { Lease.Holder: { } holder } && holder == _holder)
                await FreeAsync();
        }
        catch (MlOpsException)
        {
        }
    }

    private async Task RenewAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(Renewal, _time, cancellationToken);
            try
            {
                await ConfirmAsync(cancellationToken);
                await SetAsync(cancellationToken);
            }
            catch (MlOpsException e) when (e.Kind == ErrorKind.Unavailable)
            {
                // The work finds out itself.
            }
        }
    }

    private void CheckFree(Held? held)
    {
        if (held is null || held.Holder == _holder || held.Until <= Now)
            return;
        throw MlOpsException.Conflict("move-running", string.Create(CultureInfo.InvariantCulture,
            $"another move into {_rest.Name} has been running since {held.Since:u} ({held.Holder}): wait for its end; if it was killed, begin again after {held.Until:u}"));
    }

    /// <summary>Null when there is no default experiment.</summary>
    private async Task<(bool IsActive, Held? Lease)?> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            JsonElement answer = await _rest.GetAsync("experiments/get", [("experiment_id", MovedExperiment.DefaultId)], cancellationToken);
            MovedExperiment experiment = MlflowAnswers.Experiment(answer.Part("experiment"));
            return (!experiment.IsDeleted, Held.Read(experiment.Tags.GetValueOrDefault(MoveTags.Lease)));
        }
        catch (MlOpsException e) when (e.Kind is ErrorKind.NotFound or ErrorKind.Invalid)
        {
            return null;
        }
    }

    private Task SetAsync(CancellationToken cancellationToken) => TagAsync(new Held(_holder, _since, Now + Length).ToString(), cancellationToken);

    private async Task FreeAsync()
    {
        try
        {
            await _rest.PostAsync("experiments/delete-experiment-tag", new { ExperimentId = MovedExperiment.DefaultId, Key = MoveTags.Lease }, CancellationToken.None);
        }
        catch (MlOpsException e) when (e.Kind is ErrorKind.NotFound or ErrorKind.Invalid)
        {
            // Servers before MLflow 3 keep a tag for ever.
            await TagAsync("ended", CancellationToken.None);
        }
    }

    private Task TagAsync(string value, CancellationToken cancellationToken) =>
        _rest.PostAsync("experiments/set-experiment-tag", new { ExperimentId = MovedExperiment.DefaultId, Key = MoveTags.Lease, Value = value }, cancellationToken);

    private sealed record Held(string Holder, DateTimeOffset Since, DateTimeOffset Until)
    {
        /// <summary>Null when nobody holds it.</summary>
        public static Held? Read(string? text) =>
            text?.Split('|') is [var holder, var since, var until] && TimeOf(since) is { } from && TimeOf(until) is { } to ? new Held(holder, from, to) : null;

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Holder}|{Since.UtcDateTime:O}|{Until.UtcDateTime:O}");

        private static DateTimeOffset? TimeOf(string text) =>
            DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time) ? time : null;
    }
}
