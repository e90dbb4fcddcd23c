using System.Globalization;

namespace MlOps.Cli.Moving.Registry;

/// <summary>
/// Copies the aliases of one registered model. Each is followed by itself: who moved it in the copy since, to promote a version there, keeps
/// it where it is until the source moves it, too, and gets a note then.
/// </summary>
internal sealed class AliasMove(MlflowRest rest)
{
    public async Task CopyAsync(MovedRegisteredModel model, RegisteredTarget target, ModelCount count, CancellationToken cancellationToken)
    {
        Dictionary<string, int> there = target.Now.Aliases.ToDictionary(a => a.Key, a => a.Value, StringComparer.Ordinal);
        foreach ((string alias, int number) in model.Aliases)
        {
            if (CopiedOf(target, alias) != number)
                await TryAsync(model, alias, number, there.TryGetValue(alias, out int now) ? now : null, target, count, cancellationToken);
        }

        foreach (string alias in target.Now.Tags.Where(t => t.Key.StartsWith(MoveTags.Alias, StringComparison.Ordinal)).Select(t => t.Key[MoveTags.Alias.Length..]))
        {
            if (model.Aliases.All(a => a.Key != alias))
                await DropAsync(alias, there.TryGetValue(alias, out int now) && IsAsCopied(target, alias, now), target, cancellationToken);
        }
    }

    private async Task TryAsync(MovedRegisteredModel model, string alias, int number, int? now, RegisteredTarget target, ModelCount count, CancellationToken cancellationToken)
    {
        if (target.Find(number) is not { } copy)
            return;
        bool isOurs = CopiedOf(target, alias) is null ? now is null : now is { } at && IsAsCopied(target, alias, at);
        try
        {
            if (isOurs)
                await rest.PostAsync("registered-models/alias", new { target.Now.Name, Alias = alias, Version = RegistryAnswers.Text(copy.Number) }, cancellationToken);
            else if (now != copy.Number)
                count.Notes.Enqueue($"alias '{alias}' of '{model.Name}' points to version {number} at its source and {(now is null ? "was taken off" : $"to version {now}")} in {rest.Name}, where somebody changed it: it stays so");
            await rest.PostAsync("registered-models/set-tag", new { target.Now.Name, Key = MoveTags.Alias + alias, Value = RegistryAnswers.Text(number) }, cancellationToken);
        }
        catch (MlOpsException e) when (Mover.IsOfOne(e))
        {
            count.Problem(number, new IOException($"alias '{alias}': {e.Message}", e));
        }
    }

    private async Task DropAsync(string alias, bool isAsCopied, RegisteredTarget target, CancellationToken cancellationToken)
    {
        if (isAsCopied)
            await rest.DeleteAsync("registered-models/alias", new { target.Now.Name, Alias = alias }, cancellationToken);
        await rest.DeleteAsync("registered-models/delete-tag", new { target.Now.Name, Key = MoveTags.Alias + alias }, cancellationToken);
    }

    private static bool IsAsCopied(RegisteredTarget target, string alias, int now) => CopiedOf(target, alias) is { } number && target.Find(number)?.Number == now;

    /// <summary>The number of the source that it was copied with last; null for never.</summary>
    private static int? CopiedOf(RegisteredTarget target, string alias) => int.TryParse(target.Now.Tag(MoveTags.Alias + alias), CultureInfo.InvariantCulture, out int number) ? number : null;
}
