using System.Text.Json;
using MlOps.Api.Http;
using MlOps.Domain.Experiments.Traces;

namespace MlOps.Api.Protocols.Mlflow;

/// <summary>What <c>POST /mlflow/traces/calculate-filter-correlation</c> answers.</summary>
internal sealed class TraceCorrelationCalls(TraceCorrelations correlations)
{
    public async Task QueryAsync(ApiCall call, MlflowFields fields)
    {
        if (fields.Element("experiment_ids") is null)
            throw fields.Missing("experiment_ids");
        var query = new TraceCorrelationQuery(fields.Texts("experiment_ids"), fields.RequiredText("filter_string1"), fields.RequiredText("filter_string2")) { Base = fields.Text("base_filter") };
        await MlflowCall.AnswerAsync(call, await correlations.QueryAsync(query, call.Aborted), static (json, found) =>
        {
            Number(json, "npmi"u8, found.Npmi);
            Number(json, "npmi_smoothed"u8, found.SmoothedNpmi);
            json.WriteNumber("filter1_count"u8, found.First);
            json.WriteNumber("filter2_count"u8, found.Second);
            json.WriteNumber("joint_count"u8, found.Joint);
            json.WriteNumber("total_count"u8, found.Total);
        });
    }

    private static void Number(Utf8JsonWriter json, ReadOnlySpan<byte> name, double value)
    {
        if (!double.IsNaN(value))
            json.WriteNumber(name, value);
    }
}
