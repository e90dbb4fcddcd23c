using MlOps.Api.Http;
using MlOps.Domain;
using MlOps.Domain.Experiments;
using MlOps.Domain.Experiments.Models;

namespace MlOps.Api.Protocols.Mlflow;

/// <summary>What <c>/mlflow/logged-models...</c> answer, which clients of MLflow 3 call when they log a model.</summary>
internal sealed class LoggedModelCalls(ExperimentTracker tracker, IIdSource ids)
{
    private const int Default = 50;
    private const int Most = 1_000;

    private static readonly Dictionary<string, int> Statuses = new(StringComparer.Ordinal)
    {
        ["LOGGED_MODEL_STATUS_UNSPECIFIED"] = 0,
        ["LOGGED_MODEL_PENDING"] = 1,
        ["LOGGED_MODEL_READY"] = 2,
        ["LOGGED_MODEL_UPLOAD_FAILED"] = 3,
    };

    /// <summary>Who moves models here says their id and when they were made, which MLflow's clients do not.</summary>
    public async Task CreateAsync(ApiCall call, MlflowFields fields)
    {
        string id = NullIfEmpty(fields.Text("model_id")) ?? "m-" + ids.NewId();
        var start = new LoggedModelStart(id, fields.RequiredText("experiment_id"), fields.Text("name") is { Length: > 0 } name ? name : RunNames.Of(id))
        {
            Type = NullIfEmpty(fields.Text("model_type")),
            SourceRunId = NullIfEmpty(fields.Text("source_run_id")),
            CreatedAt = fields.Integer("creation_timestamp_ms") is { } created ? UnixTime.Of(created) ?? throw fields.Invalid("creation_timestamp_ms", UnixTime.Expected(created)) : null,
            Params = MlflowLimits.Pairs(fields, "params"),
            Tags = MlflowLimits.Pairs(fields, "tags"),
        };
        await AnswerAsync(call, await tracker.Models.CreateAsync(start, call.Aborted));
    }

    public async Task GetAsync(ApiCall call)
    {
        bool deletedToo = string.Equals(call.Http.Request.Query["allow_deleted"], "true", StringComparison.OrdinalIgnoreCase);
        await AnswerAsync(call, deletedToo ? await tracker.Models.GetAnyAsync(IdOf(call), call.Aborted) : await tracker.Models.GetAsync(IdOf(call), call.Aborted));
    }

    public async Task FinalizeAsync(ApiCall call, MlflowFields fields)
    {
        int status = fields.Choice("status", Statuses) ?? throw fields.Invalid("status", $"is missing, expected one of {string.Join(", ", Statuses.Keys)}");
        await AnswerAsync(call, await tracker.Models.FinalizeAsync(IdOf(call), (LoggedModelStatus)status, call.Aborted));
    }

    public async Task DeleteAsync(ApiCall call)
    {
        await tracker.Models.DeleteAsync(IdOf(call), call.Aborted);
        await MlflowCall.EmptyAsync(call);
    }

    public async Task SetTagsAsync(ApiCall call, MlflowFields fields) =>
        await AnswerAsync(call, await tracker.Models.SetTagsAsync(IdOf(call), MlflowLimits.Pairs(fields, "tags"), call.Aborted));

    public async Task DeleteTagAsync(ApiCall call)
    {
        await tracker.Models.DeleteTagAsync(IdOf(call), call.Path("key"), call.Aborted);
        await MlflowCall.EmptyAsync(call);
    }

    public async Task LogParamsAsync(ApiCall call, MlflowFields fields)
    {
        await tracker.Models.LogParamsAsync(IdOf(call), MlflowLimits.Pairs(fields, "params"), call.Aborted);
        await MlflowCall.EmptyAsync(call);
    }

    public async Task SearchAsync(ApiCall call, MlflowFields fields)
    {
        if (fields.Texts("experiment_ids").Count == 0)
            throw fields.Missing("experiment_ids");
        LoggedModelPage page = await tracker.Models.SearchAsync(
            new LoggedModelQuery(fields.Texts("experiment_ids"))
            {
                Filter = fields.Text("filter"),
                Datasets = [.. fields.Objects("datasets").Select(d => new ModelDataset(d.RequiredText("dataset_name"), NullIfEmpty(d.Text("dataset_digest"))))],
                OrderBy = [.. fields.Objects("order_by").Select(OrderOf)],
                Limit = fields.Integer("max_results", 1, Most) ?? Default,
                Continuation = fields.Text("page_token"),
            },
            call.Aborted);
        await MlflowCall.PageAsync(call, "models", page.Models, LoggedModelJson.Model, page.Continuation);
    }

    private static ModelOrder OrderOf(MlflowFields fields)
    {
        string? dataset = NullIfEmpty(fields.Text("dataset_name"));
        string? digest = NullIfEmpty(fields.Text("dataset_digest"));
        if (digest is not null && dataset is null)
            throw fields.Invalid("dataset_digest", "can only be specified if `dataset_name` is also specified");
        return new ModelOrder(fields.RequiredText("field_name"), fields.Flag("ascending") == false, dataset is null ? null : new ModelDataset(dataset, digest));
    }

    private static string IdOf(ApiCall call) => call.Path("model");

    private static string? NullIfEmpty(string? text) => text is { Length: > 0 } ? text : null;

    private static Task AnswerAsync(ApiCall call, LoggedModel model) => MlflowCall.AnswerAsync(call, model, static (json, m) =>
    {
        json.WritePropertyName("model"u8);
        LoggedModelJson.Model(json, m);
    });
}
