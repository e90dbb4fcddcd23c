using Microsoft.Extensions.Logging;
using MlOps.Domain.Datasets;
using MlOps.Domain.Pipelines;

namespace MlOps.Embedded.Inbox;

/// <summary>
/// Turns files put into <c>[inbox]/[data set]/</c> into data set versions and tells the pipelines. A file moves to
/// <c>processed/</c> only after that; a crash in between takes it again, which finds the same bytes and the same runs.
/// </summary>
public sealed class InboxWatcher(string inbox, DatasetCatalog datasets, Pipelines pipelines, TimeProvider time, ILogger logger, InboxOptions? options = null)
{
    private readonly InboxOptions _options = options ?? new InboxOptions();
    private readonly QuietFiles _quiet = new((options ?? new InboxOptions()).Quiet, time);
    private readonly InboxMoves _moves = new(time);
    private readonly HashSet<string> _ignored = new(StringComparer.Ordinal);

    /// <summary>One pass over the inbox. Not to be called by several threads at once.</summary>
    public async Task<IReadOnlyList<InboxResult>> ScanAsync(CancellationToken cancellationToken)
    {
        var results = new List<InboxResult>();
        var present = new HashSet<string>(StringComparer.Ordinal);
        DirectoryInfo root = Directory.CreateDirectory(inbox);
        foreach (DirectoryInfo folder in InboxFiles.Folders(root).Where(IsDataset))
        {
            foreach (FileInfo file in InboxFiles.Candidates(folder).ToArray())
            {
                cancellationToken.ThrowIfCancellationRequested();
                present.Add(file.FullName);
                if (await TryTakeAsync(folder.Name, file, cancellationToken) is { } result)
                    results.Add(result);
            }
        }

        _quiet.KeepOnly(present);
        return results;
    }

    private bool IsDataset(DirectoryInfo folder)
    {
        string? problem = InboxFiles.IsLink(folder) ? "it is a link; make a folder of that name" : NameProblem(folder.Name);
        if (problem is not null && _ignored.Add(folder.Name))
            InboxLog.FolderIgnored(logger, folder.Name, problem);
        return problem is null;
    }

    private static string? NameProblem(string name)
    {
        try
        {
            return DatasetRef.Parse(name).Version is null ? null : "a folder is named after a data set, without a version";
        }
        catch (MlOpsException e)
        {
            return e.Message;
        }
    }

    /// <summary>One file that cannot be handled now must not keep the others waiting.</summary>
    private async Task<InboxResult?> TryTakeAsync(string dataset, FileInfo file, CancellationToken cancellationToken)
    {
        try
        {
            return await TakeAsync(dataset, file, cancellationToken);
        }
        catch (Exception e) when (e is MlOpsException or IOException or UnauthorizedAccessException)
        {
            InboxLog.Postponed(logger, $"{dataset}/{file.Name}", e);
            return null;
        }
    }

    /// <summary>Null while the file is not ready.</summary>
    private async Task<InboxResult?> TakeAsync(string dataset, FileInfo file, CancellationToken cancellationToken)
    {
        if (InboxFiles.IsLink(file))
            return Reject(dataset, file, "it is a link; put the file itself into the inbox");
        if (!_quiet.IsQuiet(file))
            return null;
        // A pipe or a socket has no bytes either, and opening it would wait for a writer for ever: it is refused unopened.
        if (InboxFile.Problem(file.Name, file.Length, _options.MaxBytes) is { } reason)
            return Reject(dataset, file, reason);
        try
        {
            return await AddAsync(dataset, file, cancellationToken);
        }
        catch (MlOpsException e) when (InboxFile.IsFinal(e))
        {
            return Reject(dataset, file, $"{e.Code}: {e.Message}");
        }
    }

    private async Task<InboxResult> AddAsync(string dataset, FileInfo file, CancellationToken cancellationToken)
    {
        DatasetAdded added;
        await using (FileStream content = UnfollowedFile.Open(file.FullName))
            added = await datasets.AddAsync(dataset, content, new DatasetAddOptions { Source = file.Name }, cancellationToken);
        IReadOnlyList<PipelineRun> runs = await pipelines.OnDatasetVersionAsync(added.Version, cancellationToken);
        InboxVerdict verdict = added.Created ? InboxVerdict.Added : InboxVerdict.Known;
        var result = new InboxResult($"{dataset}/{file.Name}", verdict, added.Version.Ref.ToString(), [.. runs.Select(r => r.Id)], null);
        InboxMetrics.Taken(verdict);
        InboxLog.Taken(logger, result.File, result.Version!, verdict, runs.Count);
        _quiet.Forget(file);
        _moves.ToProcessed(file);
        return result;
    }

    private InboxResult Reject(string dataset, FileInfo file, string reason)
    {
        InboxMetrics.Taken(InboxVerdict.Rejected);
        InboxLog.Rejected(logger, $"{dataset}/{file.Name}", reason);
        _quiet.Forget(file);
        _moves.ToRejected(file, reason);
        return new($"{dataset}/{file.Name}", InboxVerdict.Rejected, null, [], reason);
    }
}
