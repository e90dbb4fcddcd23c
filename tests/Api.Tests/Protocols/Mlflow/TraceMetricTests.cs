using System.Text;
using System.Text.Json;

namespace MlOps.Api.Tests.Protocols.Mlflow;

[Collection(MlflowTests.Name)]
public sealed class TraceMetricTests(MlflowServer mlflow)
{
    private const string Route = "/ajax-api/3.0/mlflow/traces/metrics";
    private const long Start = 1_769_861_000_000;

    [Theory]
    [InlineData("api", "tags.k = '1'", """{"npmi":1,"npmi_smoothed":1,"filter1_count":1,"filter2_count":1,"joint_count":1,"total_count":1}""")]
    [InlineData("ajax-api", "tags.k = '2'", """{"filter1_count":1,"filter2_count":0,"joint_count":0,"total_count":1}""")]
    public async Task Correlation_OfTwoFilters_IsAnswered(string api, string second, string expected)
    {
        string experiment = await mlflow.NewExperimentAsync();
        await mlflow.Api.PostTextAsync("/api/3.0/mlflow/traces", $$"""
            { "trace": { "trace_info": { "trace_id": "tr-cc{{experiment}}", "state": "OK", "request_time": "2026-01-31T12:00:00Z", "tags": { "k": "1" },
              "trace_location": { "type": "MLFLOW_EXPERIMENT", "mlflow_experiment": { "experiment_id": "{{experiment}}" } } } } }
            """);

        ApiAnswer answer = await mlflow.Api.PostTextAsync($"/{api}/3.0/mlflow/traces/calculate-filter-correlation", $$"""{"experiment_ids":["{{experiment}}"],"filter_string1":"status = 'OK'","filter_string2":"{{second}}","base_filter":""}""");

        Assert.Equal((200, expected), (answer.Status, answer.Body));
        Assert.Equal(400, (await mlflow.Api.PostTextAsync($"/{api}/3.0/mlflow/traces/calculate-filter-correlation", $$"""{"experiment_ids":["{{experiment}}"],"filter_string1":"status = 'OK'"}""")).Status);
    }

    [Theory]
    [InlineData("TRACES", "trace_count", "COUNT", "", """[{"values":{"COUNT":4}}]""")]
    [InlineData("1", "trace_count", "COUNT", """ "dimensions":["trace_status","trace_name"] """, """[{"dimensions":{"trace_status":"ERROR","trace_name":"b"},"values":{"COUNT":1}},{"dimensions":{"trace_status":"OK","trace_name":"a"},"values":{"COUNT":2}}]""")]
    [InlineData("TRACES", "latency", "AVG,P50,P12.5", "", """[{"values":{"AVG":212.5,"P50.0":225,"P12.5":137.5}}]""")]
    [InlineData("TRACES", "latency", "P25", """ "dimensions":["trace_name"] """, """[{"dimensions":{"trace_name":"a"},"values":{"P25.0":125}},{"dimensions":{"trace_name":"b"},"values":{"P25.0":300}}]""")]
    [InlineData("TRACES", "input_tokens", "SUM,AVG", """ "dimensions":["trace_name"] """, """[{"dimensions":{"trace_name":"a"},"values":{"SUM":30,"AVG":15}}]""")]
    [InlineData("TRACES", "output_tokens", "SUM", "", "")]
    [InlineData("TRACES", "trace_count", "COUNT", """ "filters":["trace.status = 'OK'","trace.metadata.`user id` = 'ann'","trace.tag.mlflow.traceName = \"a\""] """, """[{"values":{"COUNT":1}}]""")]
    [InlineData("TRACES", "trace_count", "COUNT", """ "filters":["trace.status = 'IN_PROGRESS'"],"dimensions":["trace_name"] """, "")]
    [InlineData("TRACES", "trace_count", "COUNT", """ "filters":["trace.tag.none = ''"] """, """[{"values":{"COUNT":0}}]""")]
    [InlineData("TRACES", "trace_count", "COUNT", """ "time_interval_seconds":60,"start_time_ms":1769861000000,"end_time_ms":"1769861119999"  """, """[{"dimensions":{"time_bucket":"2026-01-31T12:03:00+00:00"},"values":{"COUNT":2}},{"dimensions":{"time_bucket":"2026-01-31T12:04:00+00:00"},"values":{"COUNT":1}}]""")]
    [InlineData("TRACES", "trace_count", "COUNT", """ "time_interval_seconds":60,"start_time_ms":0,"end_time_ms":9769861119999,"max_results":1 """, """[{"dimensions":{"time_bucket":"2026-01-31T12:03:00+00:00"},"values":{"COUNT":2}}]""")]
    [InlineData("ASSESSMENTS", "assessment_count", "COUNT", """ "dimensions":["assessment_name","assessment_value"] """, """[{"dimensions":{"assessment_name":"good","assessment_value":"\"no\""},"values":{"COUNT":1}},{"dimensions":{"assessment_name":"good","assessment_value":"true"},"values":{"COUNT":1}},{"dimensions":{"assessment_name":"score","assessment_value":"0.5"},"values":{"COUNT":1}},{"dimensions":{"assessment_name":"words","assessment_value":"\"fine\""},"values":{"COUNT":1}}]""")]
    [InlineData("ASSESSMENTS", "assessment_value", "AVG", """ "dimensions":["assessment_name"] """, """[{"dimensions":{"assessment_name":"good"},"values":{"AVG":0.5}},{"dimensions":{"assessment_name":"score"},"values":{"AVG":0.5}}]""")]
    [InlineData("ASSESSMENTS", "assessment_count", "COUNT", """ "filters":["assessment.type = 'expectation'"] """, """[{"values":{"COUNT":1}}]""")]
    [InlineData("ASSESSMENTS", "assessment_count", "COUNT", """ "filters":["assessment.name = 'good'","trace.status = 'OK'"] """, """[{"values":{"COUNT":2}}]""")]
    [InlineData("SPANS", "span_count", "COUNT", """ "dimensions":["span_name","span_status"] """, """[{"dimensions":{"span_name":"call","span_status":"UNSET"},"values":{"COUNT":1}},{"dimensions":{"span_name":"root","span_status":"OK"},"values":{"COUNT":1}}]""")]
    [InlineData("SPANS", "span_count", "COUNT", """ "dimensions":["span_type","span_model_name","span_model_provider"] """, """[{"dimensions":{"span_type":"LLM","span_model_name":"gpt","span_model_provider":"acme"},"values":{"COUNT":1}}]""")]
    [InlineData("SPANS", "latency", "AVG", """ "filters":["span.name = 'root'"] """, """[{"values":{"AVG":250}}]""")]
    [InlineData("SPANS", "total_cost", "SUM", """ "dimensions":["span_model_name"],"filters":["span.type = 'LLM'","span.status = 'UNSET'"] """, """[{"dimensions":{"span_model_name":"gpt"},"values":{"SUM":0.25}}]""")]
    [InlineData("SPANS", "input_cost", "SUM", "", "")]
    public async Task Metrics_OfTracesSpansAndAssessments_AreThoseOfTheGroups(string view, string metric, string aggregations, string more, string expected)
    {
        string experiment = await FilledAsync();

        ApiAnswer answer = await AskAsync(experiment, view, metric, aggregations, more);

        string named = expected
            .Replace("{\"dim", $"{{\"metric_name\":\"{metric}\",\"dim", StringComparison.Ordinal)
            .Replace("{\"values", $"{{\"metric_name\":\"{metric}\",\"values", StringComparison.Ordinal);
        Assert.Equal(expected.Length == 0 ? "{}" : "{\"data_points\":" + named + "}", answer.Body);
    }

    [Fact]
    public async Task Metrics_OfAnExperimentWithoutTraces_AreACountOfNone()
    {
        string experiment = await mlflow.NewExperimentAsync();

        Assert.Equal("""{"data_points":[{"metric_name":"trace_count","values":{"COUNT":0}}]}""", (await AskAsync(experiment, "TRACES", "trace_count", "COUNT", "")).Body);
        Assert.Equal("{}", (await AskAsync(experiment, "TRACES", "latency", "AVG", "")).Body);
        Assert.Equal("{}", (await AskAsync(experiment, "TRACES", "trace_count", "COUNT", "\"dimensions\":[\"trace_status\"]")).Body);
    }

    [Theory]
    [InlineData("TRACES", "span_count", "COUNT", "", "metric_name must be one of")]
    [InlineData("TRACES", "trace_count", "AVG", "", "Found invalid aggregation_type(s): ['AVG']. Supported aggregation types: ['COUNT']")]
    [InlineData("TRACES", "latency", "MIN,P50", "", "['MIN']. Supported aggregation types: ['AVG', 'PERCENTILE']")]
    [InlineData("TRACES", "latency", "AVG", "\"dimensions\":[\"trace_status\"]", "Found invalid dimension(s): ['trace_status']. Supported dimensions: ['trace_name']")]
    [InlineData("TRACES", "latency", "P101", "", "Percentile value must be between 0 and 100")]
    [InlineData("TRACES", "latency", "AVG", "\"dimensions\":[\"trace_name\",\"trace_name\"]", "a dimension is named twice")]
    [InlineData("TRACES", "latency", "AVG", "\"max_results\":10001", "at most 10,000")]
    [InlineData("TRACES", "latency", "P1,P2,P3,P4,P5,P6,P7,P8,P9,P10,P11,P12,P13,P14,P15,P16,P17,P18,P19,P20,P21", "", "at most 20 of each")]
    [InlineData("TRACES", "latency", "PERCENTILE", "", "Percentile value is required")]
    [InlineData("TRACES", "latency", "", "", "aggregations")]
    [InlineData("TRACES", "trace_count", "COUNT", "\"time_interval_seconds\":60,\"start_time_ms\":1", "start_time_ms and end_time_ms are required")]
    [InlineData("TRACES", "trace_count", "COUNT", "\"time_interval_seconds\":-1,\"start_time_ms\":1,\"end_time_ms\":2", "time_interval_seconds")]
    [InlineData("TRACES", "trace_count", "COUNT", "\"filters\":[\"span.name = 'x'\"]", "Filtering by span is only supported for SPANS")]
    [InlineData("TRACES", "trace_count", "COUNT", "\"filters\":[\"trace.status != 'OK'\"]", "expected =")]
    [InlineData("TRACES", "trace_count", "COUNT", "\"filters\":[\"trace.status = 'OK' AND trace.status = 'OK'\"]", "expected =")]
    [InlineData("TRACES", "trace_count", "COUNT", "\"filters\":[\"trace.tag = 'OK'\"]", "trace.tag.<key>")]
    [InlineData("TRACES", "trace_count", "COUNT", "\"filters\":[\"status = 'OK'\"]", "trace.status")]
    [InlineData("TRACES", "trace_count", "COUNT", "\"filters\":[\"\"]", "trace.status")]
    [InlineData("NOTHING", "trace_count", "COUNT", "", "view_type")]
    public async Task Metrics_ThatThereAreNone_AreRefused(string view, string metric, string aggregations, string more, string why) =>
        Assert.Contains(why, (await AskAsync(await mlflow.NewExperimentAsync(), view, metric, aggregations, more)).MlflowError(400, "INVALID_PARAMETER_VALUE"));

    [Fact]
    public async Task Metrics_OfNumbersBeyondAllBounds_LeaveOutWhatIsNotFinite()
    {
        string experiment = await mlflow.NewExperimentAsync();
        foreach ((string id, string tokens) in new[] { ("1", "1e999"), ("2", "1e308"), ("3", "1e308") })
            await StoreAsync(experiment, id, 0, $$""" "state":"OK","trace_metadata":{"mlflow.trace.tokenUsage":"{\"input_tokens\": {{tokens}}}"} """);

        Assert.Equal("""{"data_points":[{"metric_name":"input_tokens","values":{"P50.0":1E+308}}]}""", (await AskAsync(experiment, "TRACES", "input_tokens", "SUM,P50", "")).Body);
    }

    [Fact]
    public async Task Metrics_WithoutAField_AreRefused()
    {
        foreach (string body in new[] { "{}", """{"experiment_ids":["0"],"metric_name":"latency"}""", """{"experiment_ids":["0"],"view_type":"TRACES"}""" })
            (await mlflow.Api.PostTextAsync(Route, body)).MlflowError(400, "INVALID_PARAMETER_VALUE");
    }

    /// <summary>Four traces, two of them called a; the fourth came by OTLP with two spans and is called nothing.</summary>
    private async Task<string> FilledAsync()
    {
        string experiment = await mlflow.NewExperimentAsync();
        await StoreAsync(experiment, "1", 0, """ "execution_duration":"0.1s","state":"OK","tags":{"mlflow.traceName":"a"},"trace_metadata":{"mlflow.trace.tokenUsage":"{\"input_tokens\": 10}","user id":"ann"},"assessments":[{"assessment_name":"good","feedback":{"value":true} },{"assessment_name":"good","create_time":"2026-01-31T12:00:00Z","feedback":{"value":"no"} },{"assessment_name":"words","feedback":{"value":"fine"} }] """);
        await StoreAsync(experiment, "2", 40_000, """ "execution_duration":"0.2s","state":"OK","tags":{"mlflow.traceName":"a"},"trace_metadata":{"mlflow.trace.tokenUsage":"{\"input_tokens\": 20}"},"assessments":[{"assessment_name":"score","expectation":{"value":0.5} }] """);
        await StoreAsync(experiment, "3", 120_000, """ "execution_duration":"0.3s","state":"ERROR","tags":{"mlflow.traceName":"b"},"trace_metadata":{"mlflow.trace.tokenUsage":"not json"} """);
        const string Spans = """
            {"resourceSpans":[{"scopeSpans":[{"spans":[
            {"traceId":"TRACE","spanId":"aaaaaaaaaaaaaaaa","name":"root","startTimeUnixNano":"1769861000000000000","endTimeUnixNano":"1769861000250900000","status":{"code":1} },
            {"traceId":"TRACE","spanId":"bbbbbbbbbbbbbbbb","parentSpanId":"aaaaaaaaaaaaaaaa","name":"call","startTimeUnixNano":"1769861000010000000","endTimeUnixNano":"1769861000020000000","attributes":[
            {"key":"mlflow.spanType","value":{"stringValue":"LLM"} },{"key":"mlflow.llm.model","value":{"stringValue":"\"gpt\""} },{"key":"mlflow.llm.provider","value":{"stringValue":"acme"} },{"key":"mlflow.llm.cost","value":{"stringValue":"{\"total_cost\": 0.25}"} }]}]}]}]}
            """;
        using var content = new StringContent(Spans.Replace("TRACE", Guid.NewGuid().ToString("N"), StringComparison.Ordinal), Encoding.UTF8, "application/json");
        content.Headers.Add("x-mlflow-experiment-id", experiment);
        Assert.Equal(200, (await mlflow.Api.SendAsync(HttpMethod.Post, "/v1/traces", content)).Status);
        return experiment;
    }

    private async Task StoreAsync(string experiment, string id, int after, string more)
    {
        string at = DateTimeOffset.FromUnixTimeMilliseconds(Start + after).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
        string info = $$$"""{"trace":{"trace_info":{"trace_id":"tr-{{{experiment}}}-{{{id}}}","trace_location":{"type":"MLFLOW_EXPERIMENT","mlflow_experiment":{"experiment_id":"{{{experiment}}}"} },"request_time":"{{{at}}}",{{{more}}} } } }""";
        Assert.Equal(200, (await mlflow.Api.PostTextAsync("/api/3.0/mlflow/traces", info)).Status);
    }

    private Task<ApiAnswer> AskAsync(string experiment, string view, string metric, string aggregations, string more)
    {
        IEnumerable<string> asked = aggregations.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(a => a[0] == 'P' && a != "PERCENTILE"
            ? "{\"aggregation_type\":\"PERCENTILE\",\"percentile_value\":" + a[1..] + "}" : "{\"aggregation_type\":\"" + a + "\"}");
        string shown = char.IsDigit(view[0]) ? view : JsonSerializer.Serialize(view);
        string last = more.Length > 0 ? "," + more : "";
        return mlflow.Api.PostTextAsync(Route, $$"""{"experiment_ids":["{{experiment}}"],"view_type":{{shown}},"metric_name":"{{metric}}","aggregations":[{{string.Join(',', asked)}}]{{last}} }""");
    }
}
