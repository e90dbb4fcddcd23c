using System.Text.Json;
using Microsoft.Extensions.Logging;
using MlOps.Domain.Experiments;
using MlOps.Domain.Registry;
using MlOps.Domain.Serving.Log;
using MlOps.Domain.Training;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Serving.Models;

/// <summary>
/// Lets a model answer the example rows of its training once, before it answers anybody: what is slow only the first time is done, and a
/// model that throws or gives no number is found out before it has traffic. Where the run has no example, rows are made up from the signature.
/// </summary>
public sealed class WarmUp(ExperimentTracker tracker, LogPolicies policies, ILogger logger)
{
    /// <exception cref="MlOpsException">
    /// Unavailable <c>model-warmup</c>: the model failed on the rows. Why, it does not say where features are redacted: the rows are of people too.
    /// </exception>
    public async Task RunAsync(ModelVersion version, IModel model, CancellationToken cancellationToken)
    {
        LogRule rule = await policies.InForceAsync(version.Model, cancellationToken);
        Table? example = await ExampleAsync(version, new RequestBinder(model.Signature, rule), cancellationToken);
        try
        {
            // Made-up rows may lie far from all that the model has seen: what it answers to them says nothing.
            if (example is not null)
                ScoreCheck.Finite(model.Score(example));
            else
                model.Score(MadeUp(model.Signature));
        }
        catch (Exception e)
        {
            string rows = example is null ? "rows made up from its signature" : $"{example.RowCount} example rows of its training";
            string why = rule.HidesAny ? $"{e.GetType().Name} (the rest is left out, since features of the model are redacted)" : e.Message;
            throw new MlOpsException(
                ErrorKind.Unavailable, "model-warmup",
                $"'{version.Name}' failed on {rows}, so that it takes no traffic: {why}; train it again, or register another version", rule.HidesAny ? null : e);
        }
    }

    private async Task<Table?> ExampleAsync(ModelVersion version, RequestBinder binder, CancellationToken cancellationToken)
    {
        try
        {
            await using Stream stored = await tracker.OpenArtifactAsync(version.RunId, ExampleRows.Path, cancellationToken);
            using JsonDocument records = await JsonDocument.ParseAsync(stored, default, cancellationToken);
            return binder.BindRecords(records.RootElement);
        }
        catch (MlOpsException e) when (e.Kind == ErrorKind.NotFound)
        {
            return null;
        }
        catch (Exception e) when (e is JsonException or MlOpsException { Kind: ErrorKind.Invalid })
        {
            // Rows that cannot be read say nothing about the model.
            logger.ExampleUnreadable(version.Model, version.Version, e.Message);
            return null;
        }
    }

    /// <summary>A row with a value of each feature, and one without those that may be missing.</summary>
    private static Table MadeUp(ModelSignature signature) => signature.Inputs.Count == 0 ? new Table([], 1) : new RequestBinder(signature).BindColumns(
        [.. signature.Inputs.Select(feature => new RequestColumn(feature.Name, [ValueOf(feature), feature.Optional ? null : ValueOf(feature)]))]);

    private static object ValueOf(FeatureSignature feature) => feature.Type switch
    {
        ColumnType.Number => 1.0,
        ColumnType.Boolean => true,
        ColumnType.Timestamp => DateTimeOffset.UnixEpoch,
        _ => feature.Levels is [string first, ..] ? first : "a",
    };
}
