using MlOps.Api.Http;
using MlOps.Domain;
using MlOps.Domain.Access;
using MlOps.Domain.EvaluationDatasets;

namespace MlOps.Api.Protocols.Mlflow;

/// <summary>What <c>/mlflow/datasets...</c> answers: evaluation data sets and their records.</summary>
internal sealed class EvaluationDatasetCalls(EvaluationDatasets datasets, IIdSource ids)
{
    private const int DefaultPage = 1_000;

    /// <summary>To remove a data set, which nothing brings back, an admin is needed; contributors may take off what they may write over.</summary>
    public static void Map(ApiRoutes routes, EvaluationDatasetCalls calls)
    {
        routes.Post("/datasets/create", MlflowCall.OfBody(calls.CreateAsync));
        routes.Post("/datasets/search", MlflowCall.OfBody(calls.SearchAsync), Role.Viewer);
        routes.Get("/datasets/search", MlflowCall.OfQuery(calls.SearchAsync));
        routes.Get("/datasets/{dataset}", calls.GetAsync);
        routes.Delete("/datasets/{dataset}", calls.DeleteAsync);
        routes.Patch("/datasets/{dataset}/tags", MlflowCall.OfBody(calls.SetTagsAsync));
        routes.Delete("/datasets/{dataset}/tags/{**key}", calls.DeleteTagAsync, Role.Contributor);
        routes.Post("/datasets/{dataset}/records", MlflowCall.OfBody(calls.MergeAsync));
        routes.Get("/datasets/{dataset}/records", MlflowCall.OfQuery(calls.RecordsAsync));
        routes.Delete("/datasets/{dataset}/records", MlflowCall.OfBody(calls.DeleteRecordsAsync), Role.Contributor);
        routes.Get("/datasets/{dataset}/experiment-ids", calls.ExperimentsAsync);
        routes.Post("/datasets/{dataset}/add-experiments", MlflowCall.OfBody(calls.AddAsync));
        routes.Post("/datasets/{dataset}/remove-experiments", MlflowCall.OfBody(calls.RemoveAsync));
    }

    private async Task CreateAsync(ApiCall call, MlflowFields fields)
    {
        IReadOnlyDictionary<string, string> tags = EvaluationTexts.Tags(fields, fields.Text("tags"));
        string id = fields.Text("dataset_id") is { Length: > 0 } given ? given : "d-" + ids.NewId();
        string[] experiments = [.. fields.Texts("experiment_ids").Distinct(StringComparer.Ordinal)];
        var start = new EvaluationDatasetStart(id, fields.RequiredText("name")) { Tags = tags, ExperimentIds = experiments, CreatedBy = tags.GetValueOrDefault(EvaluationTexts.UserTag) };
        await AnswerAsync(call, await datasets.CreateAsync(start, call.Aborted), experiments);
    }

    private async Task GetAsync(ApiCall call) => await AnswerAsync(call, await datasets.GetAsync(IdOf(call), call.Aborted), []);

    private async Task DeleteAsync(ApiCall call)
    {
        await datasets.DeleteAsync(IdOf(call), call.Aborted);
        await MlflowCall.EmptyAsync(call);
    }

    private async Task SearchAsync(ApiCall call, MlflowFields fields)
    {
        EvaluationDatasetPage page = await datasets.SearchAsync(
            new EvaluationDatasetQuery
            {
                ExperimentIds = fields.Texts("experiment_ids"),
                Filter = fields.Text("filter_string"),
                OrderBy = fields.Texts("order_by"),
                Limit = fields.Integer("max_results", 1, EvaluationDatasets.Page) ?? DefaultPage,
                Continuation = fields.Text("page_token"),
            },
            call.Aborted);
        await MlflowCall.PageAsync(call, "datasets", page.Datasets, static (json, d) => EvaluationDatasetJson.Dataset(json, d, []), page.Continuation);
    }

    private async Task SetTagsAsync(ApiCall call, MlflowFields fields)
    {
        await datasets.SetTagsAsync(IdOf(call), EvaluationTexts.Tags(fields, fields.RequiredText("tags")), call.Aborted);
        await MlflowCall.EmptyAsync(call);
    }

    private async Task DeleteTagAsync(ApiCall call)
    {
        await datasets.DeleteTagAsync(IdOf(call), call.Path("key"), call.Aborted);
        await MlflowCall.EmptyAsync(call);
    }

    private async Task MergeAsync(ApiCall call, MlflowFields fields)
    {
        using EvaluationTexts records = EvaluationTexts.Records(fields);
        MergeCount count = await datasets.MergeAsync(IdOf(call), records.Edits, call.Aborted);
        await MlflowCall.AnswerAsync(call, count, static (json, c) =>
        {
            json.WriteNumber("inserted_count"u8, c.Inserted);
            json.WriteNumber("updated_count"u8, c.Updated);
        });
    }

    private async Task RecordsAsync(ApiCall call, MlflowFields fields)
    {
        long asked = fields.Integer("max_results") ?? 0;
        int limit = asked == 0 ? DefaultPage : fields.Integer("max_results", 1, EvaluationDatasets.RecordsPage)!.Value;
        RecordPage page = await datasets.RecordsAsync(IdOf(call), limit, fields.Text("page_token") is { Length: > 0 } token ? token : null, call.Aborted);
        await EvaluationDatasetJson.RecordsAsync(call, IdOf(call), page);
    }

    private async Task DeleteRecordsAsync(ApiCall call, MlflowFields fields)
    {
        int deleted = await datasets.DeleteRecordsAsync(IdOf(call), fields.Texts("dataset_record_ids"), call.Aborted);
        await MlflowCall.AnswerAsync(call, deleted, static (json, count) => json.WriteNumber("deleted_count"u8, count));
    }

    private async Task ExperimentsAsync(ApiCall call) =>
        await MlflowCall.AnswerAsync(call, (await datasets.GetAsync(IdOf(call), call.Aborted)).ExperimentIds, EvaluationDatasetJson.Experiments);

    private async Task AddAsync(ApiCall call, MlflowFields fields) =>
        await AnswerAsync(call, await datasets.AddToExperimentsAsync(IdOf(call), fields.Texts("experiment_ids"), call.Aborted), []);

    private async Task RemoveAsync(ApiCall call, MlflowFields fields) =>
        await AnswerAsync(call, await datasets.RemoveFromExperimentsAsync(IdOf(call), fields.Texts("experiment_ids"), call.Aborted), []);

    private static string IdOf(ApiCall call) => call.Path("dataset");

    /// <param name="experiments">Only who makes one is told them with it; else they are asked for apart.</param>
    private static Task AnswerAsync(ApiCall call, EvaluationDataset dataset, IReadOnlyList<string> experiments) => MlflowCall.AnswerAsync(call, (dataset, experiments), static (json, answer) =>
    {
        json.WritePropertyName("dataset"u8);
        EvaluationDatasetJson.Dataset(json, answer.dataset, answer.experiments);
    });
}
