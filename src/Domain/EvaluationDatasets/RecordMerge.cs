using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MlOps.Domain.Storage;

namespace MlOps.Domain.EvaluationDatasets;

/// <summary>
/// One merge of records: in batches, each with the data set's own row, so that what was written is whole wherever it is broken off, and
/// repeating it makes nothing twice. Only records of the inputs that come are read.
/// </summary>
internal sealed class RecordMerge(EvaluationDatasetTable table, string id, DateTimeOffset now)
{
    /// <summary>Somebody else changed the data set so often in the moment between reading and writing.</summary>
    private const int Attempts = 100;

    /// <summary>Inputs of one batch: each may take two rows, and the data set takes one.</summary>
    private const int Some = (EntityLimits.BatchEntities - 1) / 2;

    /// <summary>Beyond, a record's place among those of its merge is not kept.</summary>
    private const int LastPlace = 0xFFFFF;

    /// <summary>What one merge says of the same inputs.</summary>
    private sealed record Due(string Hash, int Place, List<RecordEdit> Edits);

    /// <exception cref="MlOpsException">NotFound <c>evaluation-data-set-missing</c>; TooLarge <c>evaluation-record-too-large</c>, <c>evaluation-data-set-too-large</c>; Conflict <c>entity-changed</c>.</exception>
    public async Task<MergeCount> RunAsync(IReadOnlyList<RecordEdit> edits, CancellationToken cancellationToken)
    {
        List<Due> all = Group(edits);
        // What can be told now is told before anything is written.
        foreach (Due due in all)
            EvaluationDatasetTable.Write(id, due.Hash, Merged(null, due), isNew: true);
        string? by = edits.LastOrDefault(e => e.By is not null)?.By;
        (int done, int inserted) = (0, 0);
        do
        {
            (int written, int made) = await WriteSomeAsync([.. all.Skip(done).Take(Some)], by, cancellationToken);
            (done, inserted) = (done + written, inserted + made);
        }
        while (done < all.Count);
        return new MergeCount(inserted, edits.Count - inserted);
    }

    private static List<Due> Group(IReadOnlyList<RecordEdit> edits)
    {
        var all = new OrderedDictionary<string, Due>(StringComparer.Ordinal);
        foreach (RecordEdit edit in edits)
        {
            string hash = InputsKey.Of(edit.Inputs);
            if (!all.TryGetValue(hash, out Due? due))
                all.Add(hash, due = new Due(hash, Math.Min(all.Count, LastPlace), []));
            due.Edits.Add(edit);
        }

        return [.. all.Values];
    }

    /// <returns>How many were written, all of them or what goes into a batch, and how many of these are new.</returns>
    private async Task<(int Written, int Made)> WriteSomeAsync(IReadOnlyList<Due> some, string? by, CancellationToken cancellationToken)
    {
        for (int attempt = 1; attempt <= Attempts; attempt++)
        {
            StoredDataset dataset = await table.GetAsync(id, cancellationToken);
            EvaluationRecord?[] known = await Task.WhenAll(some.Select(due => table.FindByInputsAsync(id, due.Hash, cancellationToken)));
            var writes = new List<EntityWrite>();
            (int written, int made, long bytes) = (0, 0, EntityLimits.EntityBytes * 2);
            for (; written < some.Count; written++)
            {
                IReadOnlyList<EntityWrite> next = EvaluationDatasetTable.Write(id, some[written].Hash, Merged(known[written], some[written]), known[written] is null);
                bytes += next.Sum(write => EntitySize.OnTheWire(write.Entity));
                if (bytes > EntityLimits.BatchBytes && written > 0)
                    break;
                writes.AddRange(next);
                made += known[written] is null ? 1 : 0;
            }

            EvaluationDataset after = Changed(dataset.Value, some.Take(written).SelectMany(due => due.Edits), made, by);
            if (await table.TryWriteAsync([EvaluationDatasetTable.Write(after, dataset), .. writes], cancellationToken))
                return (written, made);
        }

        throw MlOpsException.Conflict("entity-changed", $"evaluation data set '{id}' is changed over and over by others: try again");
    }

    private EvaluationDataset Changed(EvaluationDataset dataset, IEnumerable<RecordEdit> edits, int made, string? by) => dataset with
    {
        Schema = (dataset.Schema ?? new RecordSchema()).With(edits),
        Records = dataset.Records + made,
        Digest = EvaluationDataset.DigestOf(dataset.Name, now),
        UpdatedAt = now,
        UpdatedBy = by,
    };

    private EvaluationRecord Merged(EvaluationRecord? known, Due due)
    {
        EvaluationRecord record = known ?? New(due);
        foreach (RecordEdit edit in due.Edits.Skip(known is null ? 1 : 0))
        {
            record = record with
            {
                Outputs = edit.SetsOutputs ? edit.Outputs : record.Outputs,
                Expectations = JsonValues.Merged(record.Expectations, edit.Expectations),
                Tags = JsonValues.Merged(record.Tags, edit.Tags),
                UpdatedAt = now,
                UpdatedBy = edit.By ?? record.UpdatedBy,
            };
        }

        return record;
    }

    private EvaluationRecord New(Due due)
    {
        RecordEdit edit = due.Edits[0];
        return new EvaluationRecord(NewId(due), edit.Inputs, now)
        {
            Outputs = edit.SetsOutputs ? edit.Outputs : JsonValues.EmptyObject,
            Expectations = edit.Expectations,
            Tags = edit.Tags,
            Source = edit.Source,
            CreatedBy = edit.By,
            UpdatedBy = edit.By,
        };
    }

    /// <summary>The time, the place in the merge, and what makes it one of these inputs and this data set.</summary>
    private string NewId(Due due)
    {
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{id}/{due.Hash}")));
        return string.Create(CultureInfo.InvariantCulture, $"dr-{Math.Max(0, now.ToUnixTimeMilliseconds()):x12}{due.Place:x5}{hash.AsSpan(0, 15)}");
    }
}
