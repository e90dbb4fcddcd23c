using System.Globalization;
using System.Text.Json;
using MlOps.Api.Http;
using MlOps.Domain;
using MlOps.Domain.Experiments.Scorers;

namespace MlOps.Api.Protocols.Mlflow;

/// <summary>What <c>/mlflow/scorers...</c> answer.</summary>
internal sealed class ScorerCalls(ScorerRegistry scorers, IIdSource ids)
{
    public static void Map(ApiRoutes routes, ScorerCalls calls)
    {
        routes.Post("/scorers/register", MlflowCall.OfBody(calls.RegisterAsync));
        routes.Get("/scorers/list", MlflowCall.OfQuery(calls.ListAsync));
        routes.Get("/scorers/versions", MlflowCall.OfQuery(calls.ListVersionsAsync));
        routes.Get("/scorers/get", MlflowCall.OfQuery(calls.GetAsync));
        routes.Delete("/scorers/delete", MlflowCall.OfBody(calls.DeleteAsync));
        routes.Get("/scorers/online-configs", MlflowCall.OfQuery(calls.ListOnlineAsync));
        routes.Put("/scorers/online-config", MlflowCall.OfBody(calls.SetOnlineAsync));
    }

    private async Task RegisterAsync(ApiCall call, MlflowFields fields)
    {
        ScorerVersion made = await scorers.RegisterAsync(ExperimentOf(fields), fields.RequiredText("name"), fields.RequiredText("serialized_scorer"), ids.NewId(), call.Aborted);
        await MlflowCall.AnswerAsync(call, made, static (json, scorer) =>
        {
            json.WriteNumber("version"u8, scorer.Version);
            json.WriteString("scorer_id"u8, scorer.ScorerId);
            json.WriteString("experiment_id"u8, scorer.ExperimentId);
            json.WriteString("name"u8, scorer.Name);
            json.WriteString("serialized_scorer"u8, scorer.Serialized);
            json.WriteNumber("creation_time"u8, scorer.CreatedAt.ToUnixTimeMilliseconds());
        });
    }

    private async Task ListAsync(ApiCall call, MlflowFields fields) =>
        await MlflowCall.PageAsync(call, "scorers", await scorers.ListAsync(ExperimentOf(fields), call.Aborted), Write);

    private async Task ListVersionsAsync(ApiCall call, MlflowFields fields) =>
        await MlflowCall.PageAsync(call, "scorers", await scorers.ListVersionsAsync(ExperimentOf(fields), fields.RequiredText("name"), call.Aborted), Write);

    private async Task GetAsync(ApiCall call, MlflowFields fields)
    {
        ScorerVersion scorer = await scorers.GetAsync(ExperimentOf(fields), fields.RequiredText("name"), VersionOf(fields), call.Aborted);
        await MlflowCall.AnswerAsync(call, scorer, static (json, found) =>
        {
            json.WritePropertyName("scorer"u8);
            Write(json, found);
        });
    }

    private async Task DeleteAsync(ApiCall call, MlflowFields fields)
    {
        await scorers.DeleteAsync(ExperimentOf(fields), fields.RequiredText("name"), VersionOf(fields), call.Aborted);
        await MlflowCall.EmptyAsync(call);
    }

    private async Task ListOnlineAsync(ApiCall call, MlflowFields fields)
    {
        if (fields.Texts("scorer_ids") is not { Count: > 0 } wanted)
            throw fields.Missing("scorer_ids");
        await MlflowCall.AnswerAsync(call, await scorers.ListOnlineAsync(wanted, call.Aborted), static (json, configs) =>
        {
            json.WriteStartArray("configs"u8);
            foreach (OnlineScoring config in configs)
                Write(json, config);
            json.WriteEndArray();
        });
    }

    private async Task SetOnlineAsync(ApiCall call, MlflowFields fields)
    {
        string? filter = fields.Text("filter_string");
        OnlineScoring set = await scorers.SetOnlineAsync(ExperimentOf(fields), fields.RequiredText("name"), fields.RequiredNumber("sample_rate"), filter, ids.NewId(), call.Aborted);
        await MlflowCall.AnswerAsync(call, set, static (json, config) =>
        {
            json.WritePropertyName("config"u8);
            Write(json, config);
        });
    }

    private static string ExperimentOf(MlflowFields fields) => fields.RequiredText("experiment_id");

    private static int? VersionOf(MlflowFields fields) => fields.Integer("version", 0, int.MaxValue);

    private static void Write(Utf8JsonWriter json, ScorerVersion scorer)
    {
        json.WriteStartObject();
        json.WriteNumber("experiment_id"u8, long.Parse(scorer.ExperimentId, CultureInfo.InvariantCulture));
        json.WriteString("scorer_name"u8, scorer.Name);
        json.WriteNumber("scorer_version"u8, scorer.Version);
        json.WriteString("serialized_scorer"u8, scorer.Serialized);
        json.WriteNumber("creation_time"u8, scorer.CreatedAt.ToUnixTimeMilliseconds());
        json.WriteString("scorer_id"u8, scorer.ScorerId);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, OnlineScoring config)
    {
        json.WriteStartObject();
        json.WriteString("online_scoring_config_id"u8, config.Id);
        json.WriteString("scorer_id"u8, config.ScorerId);
        json.WriteNumber("sample_rate"u8, config.SampleRate);
        json.WriteString("experiment_id"u8, config.ExperimentId);
        TraceJson.Optional(json, "filter_string"u8, config.Filter);
        json.WriteEndObject();
    }
}
