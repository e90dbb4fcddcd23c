using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using System.Text.Json;

namespace MlOps.Api.Tests.Protocols.Mlflow;

[Collection(MlflowTests.Name)]
public sealed class OtlpTests(MlflowServer mlflow)
{
    private const string Api3 = "/api/3.0/mlflow/traces";

    [Fact]
    public async Task Spans_AsJsonInTwoLots_AreOneTrace()
    {
        string experiment = await mlflow.NewExperimentAsync();

        await OkAsync(experiment, Json("0a", Child));
        JsonElement begun = await InfoAsync("tr-" + Id("0a"));
        await OkAsync(experiment, Json("0a", Root));
        JsonElement ended = await InfoAsync("tr-" + Id("0a"));

        Assert.Equal(("IN_PROGRESS", "2026-01-31T12:03:20.010Z"), (begun.GetProperty("state").GetString(), begun.GetProperty("request_time").GetString()));
        Assert.Equal(
            $$$"""{"trace_id":"tr-{{{Id("0a")}}}","trace_location":{"type":"MLFLOW_EXPERIMENT","mlflow_experiment":{"experiment_id":"{{{experiment}}}"}},"request_preview":"{\"q\": 1}","response_preview":"\"out\"","request_time":"2026-01-31T12:03:20Z","execution_duration":"0.250s","state":"OK","trace_metadata":{"mlflow.trace.session":"s1"},"tags":{"mlflow.artifactLocation":"mlflow-artifacts:/{{{experiment}}}/traces/tr-{{{Id("0a")}}}/artifacts","mlflow.trace.spansLocation":"TRACKING_STORE"}}""",
            ended.GetRawText());
        JsonElement whole = (await mlflow.Api.GetAsync($"{Api3}/get?trace_id=tr-{Id("0a")}")).Json.GetProperty("trace");
        Assert.Equal(["root", "child"], whole.GetProperty("spans").EnumerateArray().Select(s => s.GetProperty("name").GetString()));
        Assert.Equal(
            """[{"key":"mlflow.traceRequestId","value":{"string_value":"tr-0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a"}},{"key":"mlflow.spanInputs","value":{"kvlist_value":{"values":[{"key":"q","value":{"int_value":1}}]}}},{"key":"mlflow.spanOutputs","value":{"string_value":"out"}},{"key":"session.id","value":{"string_value":"s1"}},{"key":"n","value":{"int_value":5}},{"key":"d","value":{"double_value":2.0}},{"key":"list","value":{"array_value":{"values":[{"bool_value":true},{"string_value":"z"}]}}}]""",
            whole.GetProperty("spans")[0].GetProperty("attributes").GetRawText());
        Assert.Equal("""{"message":"boom","code":"STATUS_CODE_ERROR"}""", whole.GetProperty("spans")[1].GetProperty("status").GetRawText());
        Assert.Equal(whole.GetRawText(), (await mlflow.Api.GetAsync($"{Api3}/batchGet?trace_ids=tr-{Id("0a")}&trace_ids=tr-nope")).Json.GetProperty("traces")[0].GetRawText());
    }

    [Theory]
    [InlineData("")]
    [InlineData("gzip")]
    [InlineData("deflate")]
    public async Task Spans_AsProtocolBuffers_AreReadAsTheSame(string encoding)
    {
        string experiment = await mlflow.NewExperimentAsync(), id = Id(encoding.Length.ToString("x2"));
        byte[] span =
        [
            .. Bytes(1, Convert.FromHexString(id)), .. Bytes(2, Convert.FromHexString("aaaaaaaaaaaaaaaa")), .. Bytes(5, "wurzel ü"u8),
            .. Fixed(7, 1_769_861_000_000_000_000), .. Fixed(8, 1_769_861_000_500_000_000),
            .. Pair(9, "text", Bytes(1, "t"u8)), .. Pair(9, "yes", [0x10, 1]), .. Pair(9, "whole", [0x18, 0xAC, 0x02]), .. Pair(9, "real", Fixed(4, BitConverter.DoubleToUInt64Bits(0.5))),
            .. Pair(9, "list", Bytes(5, Bytes(1, [0x18, 7]))), .. Pair(9, "object", Bytes(6, Pair(1, "x", Bytes(1, "y"u8)))), .. Pair(9, "nan", Fixed(4, BitConverter.DoubleToUInt64Bits(double.NaN))),
            .. Bytes(11, [.. Fixed(1, 1_769_861_000_100_000_000), .. Bytes(2, "happened"u8), .. Pair(3, "e", Bytes(1, "f"u8))]),
            .. Bytes(15, [0x18, 2, .. Bytes(2, "boom"u8)]),
        ];
        byte[] body = Packed(encoding, Bytes(1, Bytes(2, Bytes(2, span))));

        ApiAnswer answer = await SendAsync(experiment, body, "application/x-protobuf", encoding);

        Assert.Equal((200, "application/x-protobuf", ""), (answer.Status, answer.ContentType, answer.Body));
        JsonElement got = (await mlflow.Api.GetAsync($"{Api3}/get?trace_id=tr-{id}")).Json.GetProperty("trace");
        Assert.Equal(("ERROR", "0.500s"), (got.GetProperty("trace_info").GetProperty("state").GetString(), got.GetProperty("trace_info").GetProperty("execution_duration").GetString()));
        Assert.Equal(
            """{"e":"f","list":"[7]","mlflow.traceRequestId":"\"tr-ID\"","nan":"\"NaN\"","object":"{\"x\":\"y\"}","real":"0.5","text":"\"t\"","whole":"300","yes":"true"}""".Replace("ID", id, StringComparison.Ordinal),
            Flat((await mlflow.Api.GetAsync($"/ajax-api/3.0/mlflow/get-trace-artifact?request_id=tr-{id}")).Json.GetProperty("spans")[0]));
    }

    [Fact]
    public async Task Spans_SentAgain_AreStoredOnce_AndWhatTheClientSaysOfTheTraceStands()
    {
        string experiment = await mlflow.NewExperimentAsync(), id = "tr-" + Id("0b");
        await OkAsync(experiment, Json("0b", Root));
        await OkAsync(experiment, Json("0b", Root));
        string info = $$$"""{"trace":{"trace_info":{"trace_id":"{{{id}}}","trace_location":{"type":"MLFLOW_EXPERIMENT","mlflow_experiment":{"experiment_id":"{{{experiment}}}"}},"request_time":"2026-01-31T11:00:00Z","execution_duration":"9s","state":"ERROR"} } }""";
        Assert.Equal(200, (await mlflow.Api.PostTextAsync(Api3, info)).Status);
        await OkAsync(experiment, Json("0b", Child));

        JsonElement trace = (await mlflow.Api.GetAsync($"{Api3}/get?trace_id={id}")).Json.GetProperty("trace");

        Assert.Equal(2, trace.GetProperty("spans").GetArrayLength());
        JsonElement told = trace.GetProperty("trace_info");
        Assert.Equal(("2026-01-31T11:00:00Z", "9s", "ERROR"), (told.GetProperty("request_time").GetString(), told.GetProperty("execution_duration").GetString(), told.GetProperty("state").GetString()));
    }

    [Fact]
    public async Task Trace_ThatIsNotWhole_IsAnsweredOnlyToWhoTakesIt()
    {
        string experiment = await mlflow.NewExperimentAsync(), id = "tr-" + Id("0c");
        await OkAsync(experiment, Json("0c", Child));
        string info = $$$"""{"trace":{"trace_info":{"trace_id":"{{{id}}}","trace_location":{"type":"MLFLOW_EXPERIMENT","mlflow_experiment":{"experiment_id":"{{{experiment}}}"}},"request_time":"2026-01-31T11:00:00Z","state":"OK","trace_metadata":{"mlflow.trace.sizeStats":"{\"num_spans\": 2}"} } } }""";
        await mlflow.Api.PostTextAsync(Api3, info);

        (await mlflow.Api.GetAsync($"{Api3}/get?trace_id={id}")).MlflowError(404, "RESOURCE_DOES_NOT_EXIST");
        Assert.Equal("{}", (await mlflow.Api.GetAsync($"{Api3}/batchGet?trace_ids={id}")).Body);
        Assert.Equal(1, (await mlflow.Api.GetAsync($"{Api3}/get?trace_id={id}&allow_partial=true")).Json.GetProperty("trace").GetProperty("spans").GetArrayLength());
    }

    [Fact]
    public async Task Delete_OfATrace_TakesItsSpans()
    {
        string experiment = await mlflow.NewExperimentAsync(), id = "tr-" + Id("0d");
        await OkAsync(experiment, Json("0d", Root));
        string folder = $"/api/2.0/mlflow-artifacts/artifacts?path={experiment}/traces/{id}/artifacts/spans";
        Assert.Equal(1, (await mlflow.Api.GetAsync(folder)).Json.GetProperty("files").GetArrayLength());

        await mlflow.Api.PostTextAsync(Api3 + "/delete-traces", $$"""{"experiment_id":"{{experiment}}","request_ids":["{{id}}"]}""");

        Assert.Equal("{}", (await mlflow.Api.GetAsync(folder)).Body);
        (await mlflow.Api.GetAsync($"{Api3}/get?trace_id={id}")).MlflowError(404, "RESOURCE_DOES_NOT_EXIST");
    }

    [Theory]
    [InlineData("application/json", "", "{}")]
    [InlineData("application/json", "", """{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"00"}]}]}]}""")]
    [InlineData("application/json", "", "{\"resourceSpans\":5}")]
    [InlineData("application/json", "", "not json")]
    [InlineData("application/json", "gzip", "{}")]
    [InlineData("application/json", "br", "{}")]
    [InlineData("text/plain", "", "{}")]
    [InlineData("application/x-protobuf", "", "\u00ff\u00ff")]
    [InlineData("application/x-protobuf", "", "")]
    public async Task Spans_ThatAreNone_Are400(string type, string encoding, string body) =>
        (await SendAsync(await mlflow.NewExperimentAsync(), Encoding.Latin1.GetBytes(body), type, encoding)).MlflowError(400, "INVALID_PARAMETER_VALUE");

    /// <summary>The root, which starts first, ends last and comes last.</summary>
    [Fact]
    public async Task Search_OfTracesWhoseStartWasMovedByLateSpans_PagesThroughAllOnce()
    {
        string experiment = await mlflow.NewExperimentAsync();
        await OkAsync(experiment, Json("c1", Child));
        await OkAsync(experiment, Json("c2", Root.Replace("1769861000000000000", "1769861000005000000", StringComparison.Ordinal)));
        await OkAsync(experiment, Json("c3", Root.Replace("1769861000000000000", "1769861000003000000", StringComparison.Ordinal)));
        await OkAsync(experiment, Json("c1", Root));
        var found = new List<string?>();

        for (string? page = ""; page is not null;)
        {
            JsonElement answer = (await mlflow.Api.PostTextAsync($"{Api3}/search", $$$"""{"locations":[{"type":"MLFLOW_EXPERIMENT","mlflow_experiment":{"experiment_id":"{{{experiment}}}"}}],"order_by":["timestamp_ms DESC"],"max_results":2,"page_token":"{{{page}}}"}""")).Json;
            found.AddRange(answer.GetProperty("traces").EnumerateArray().Select(t => t.GetProperty("trace_id").GetString()));
            page = answer.TryGetProperty("next_page_token", out JsonElement next) ? next.GetString() : null;
        }

        Assert.Equal(["tr-" + Id("c1"), "tr-" + Id("c2"), "tr-" + Id("c3")], found);
    }

    /// <summary>JSON within a text of JSON, where half of a character is no error of the request.</summary>
    [Theory]
    [InlineData("application/json", "f1")]
    [InlineData("application/x-protobuf", "f2")]
    public async Task Spans_WithHalfACharacter_AreAnsweredWithAReplacement(string type, string two)
    {
        string experiment = await mlflow.NewExperimentAsync(), content = """{"a\udc00":"b\ud800"}""";
        byte[] span =
        [
            .. Bytes(1, Convert.FromHexString(Id(two))), .. Bytes(2, Convert.FromHexString("aaaaaaaaaaaaaaaa")), .. Bytes(5, [0xFF]), .. Pair(9, "mlflow.spanInputs", Bytes(1, Encoding.UTF8.GetBytes(content))),
        ];
        string json = $$$"""{"traceId":"{{{Id(two)}}}","spanId":"aaaaaaaaaaaaaaaa","name":"\ufffd","attributes":[{"key":"mlflow.spanInputs","value":{"stringValue":{{{JsonSerializer.Serialize(content)}}}}}]}""";

        ApiAnswer stored = await SendAsync(experiment, type == "application/json" ? Encoding.UTF8.GetBytes(Json(two, json)) : Bytes(1, Bytes(2, Bytes(2, span))), type, "");

        Assert.Equal(200, stored.Status);
        JsonElement got = (await mlflow.Api.GetAsync($"{Api3}/get?trace_id=tr-{Id(two)}")).Json.GetProperty("trace").GetProperty("spans")[0];
        Assert.Equal("\ufffd", got.GetProperty("name").GetString());
        Assert.Equal(
            """{"kvlist_value":{"values":[{"key":"a?","value":{"string_value":"b?"}}]}}""".Replace('?', '\ufffd'),
            got.GetProperty("attributes").EnumerateArray().Single(a => a.GetProperty("key").GetString() == "mlflow.spanInputs").GetProperty("value").GetRawText());
    }

    [Theory]
    [InlineData("""{"spans":[{}]}""")]
    [InlineData("not json")]
    public async Task Get_OfATraceWhoseFilesAreDamaged_SaysSo_AndOfSeveralAnswersTheOthers(string file)
    {
        string experiment = await mlflow.NewExperimentAsync(), bad = Id("e1"), good = Id("e2");
        await OkAsync(experiment, Json("e1", Root));
        await OkAsync(experiment, Json("e2", Root));
        await mlflow.Api.SendAsync(HttpMethod.Put, $"/api/2.0/mlflow-artifacts/artifacts/{experiment}/traces/tr-{bad}/artifacts/spans/x.json", new StringContent(file));

        (await mlflow.Api.GetAsync($"{Api3}/get?trace_id=tr-{bad}")).MlflowError(400, "INVALID_STATE");
        (await mlflow.Api.GetAsync($"/ajax-api/3.0/mlflow/get-trace-artifact?request_id=tr-{bad}")).MlflowError(400, "INVALID_STATE");
        JsonElement traces = (await mlflow.Api.GetAsync($"{Api3}/batchGet?trace_ids=tr-{bad}&trace_ids=tr-{good}")).Json.GetProperty("traces");
        Assert.Equal("tr-" + good, Assert.Single(traces.EnumerateArray()).GetProperty("trace_info").GetProperty("trace_id").GetString());
        await mlflow.Api.PostTextAsync(Api3 + "/delete-traces", $$"""{"experiment_id":"{{experiment}}","request_ids":["tr-{{bad}}","tr-{{good}}"]}""");
    }

    /// <summary>A few hundred bytes as they are sent, gigabytes of objects as they would be kept.</summary>
    [Theory]
    [InlineData(0x12)]
    [InlineData(0x5A)]
    public async Task Spans_OfCountlessEmptyParts_Are413(byte field)
    {
        byte[] empty = [.. Enumerable.Range(0, 600_000).SelectMany(_ => (byte[])[field, 0])];
        byte[] spans = field == 0x12 ? empty : Bytes(2, empty);

        ApiAnswer answer = await SendAsync(await mlflow.NewExperimentAsync(), Packed("gzip", Bytes(1, Bytes(2, spans))), "application/x-protobuf", "gzip");

        Assert.Equal(413, answer.Status);
        Assert.Contains("500,000 spans", answer.Body);
    }

    [Theory]
    [InlineData(5, 1)]
    [InlineData(6, 0)]
    public async Task Spans_WithValuesInValues_AreTakenTo32Deep(int kind, int item)
    {
        string experiment = await mlflow.NewExperimentAsync();
        byte[] Of(int depth)
        {
            byte[] value = [0x18, 7];
            for (int i = 0; i < depth; i++)
                value = Bytes(kind, item == 1 ? Bytes(1, value) : Pair(1, "k", value));
            return Bytes(1, Bytes(2, Bytes(2, [.. Bytes(1, Convert.FromHexString(Id("d4"))), .. Bytes(2, Convert.FromHexString("aaaaaaaaaaaaaaaa")), .. Pair(9, "deep", value)])));
        }

        Assert.Equal(200, (await SendAsync(experiment, Of(32), "application/x-protobuf", "")).Status);
        (await SendAsync(experiment, Of(33), "application/x-protobuf", "")).MlflowError(400, "INVALID_PARAMETER_VALUE");
        Assert.Equal(200, (await mlflow.Api.GetAsync($"{Api3}/get?trace_id=tr-{Id("d4")}")).Status);
    }

    [Fact]
    public async Task Spans_OfNoExperiment_AreRefused_AndOfAnotherPlaceTheClientsToKeep()
    {
        (await SendAsync("99999999", Encoding.UTF8.GetBytes(Json("0e", Root)), "application/json", "")).MlflowError(404, "RESOURCE_DOES_NOT_EXIST");
        (await SendAsync(null, Encoding.UTF8.GetBytes(Json("0e", Root)), "application/json", "")).MlflowError(400, "INVALID_PARAMETER_VALUE");
        string elsewhere = (await mlflow.OkAsync("experiments/create", """{"name":"spans elsewhere","artifact_location":"s3://bucket/x"}""")).GetProperty("experiment_id").GetString()!;

        (await SendAsync(elsewhere, Encoding.UTF8.GetBytes(Json("0e", Root)), "application/json", "")).MlflowError(501, "NOT_IMPLEMENTED");
    }

    [Fact]
    public async Task Get_OfATraceWhoseSpansAreAFile_SaysSoByItsCode()
    {
        string experiment = await mlflow.NewExperimentAsync();
        await mlflow.Api.PostTextAsync(Api3, $$$"""{"trace":{"trace_info":{"trace_id":"tr-file","trace_location":{"type":"MLFLOW_EXPERIMENT","mlflow_experiment":{"experiment_id":"{{{experiment}}}"}},"request_time":"2026-01-31T11:00:00Z","state":"OK"} } }""");

        (await mlflow.Api.GetAsync(Api3 + "/get?trace_id=tr-file")).MlflowError(404, "ENDPOINT_NOT_FOUND");
        (await mlflow.Api.GetAsync(Api3 + "/get")).MlflowError(400, "INVALID_PARAMETER_VALUE");
        (await mlflow.Api.GetAsync(Api3 + "/batchGet")).MlflowError(400, "INVALID_PARAMETER_VALUE");
    }

    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private const string Child = """{"traceId":"TRACE","spanId":"bbbbbbbbbbbbbbbb","parentSpanId":"aaaaaaaaaaaaaaaa","name":"child","startTimeUnixNano":"1769861000010000000","endTimeUnixNano":"1769861000020000000","status":{"code":2,"message":"boom"}}""";

    private const string Root = """{"traceId":"TRACE","spanId":"aaaaaaaaaaaaaaaa","name":"root","startTimeUnixNano":"1769861000000000000","endTimeUnixNano":1769861000250000000,"status":{"code":"STATUS_CODE_OK"},"attributes":[{"key":"mlflow.spanInputs","value":{"stringValue":"{\"q\": 1}"}},{"key":"mlflow.spanOutputs","value":{"stringValue":"out"}},{"key":"session.id","value":{"stringValue":"s1"}},{"key":"n","value":{"intValue":"5"}},{"key":"d","value":{"doubleValue":2.0}},{"key":"list","value":{"arrayValue":{"values":[{"boolValue":true},{"stringValue":"z"}]}}}]}""";

    private static string Id(string two) => string.Concat(Enumerable.Repeat(two, 16));

    private static string Json(string two, string span) => $$"""{"resourceSpans":[{"scopeSpans":[{"spans":[{{span.Replace("TRACE", Id(two), StringComparison.Ordinal)}}]}]}]}""";

    private static string Flat(JsonElement span)
    {
        IEnumerable<KeyValuePair<string, string?>> all = span.GetProperty("attributes").EnumerateObject().Select(a => KeyValuePair.Create(a.Name, a.Value.GetString()))
            .Concat(span.GetProperty("events")[0].GetProperty("attributes").EnumerateObject().Select(a => KeyValuePair.Create(a.Name, a.Value.GetString())));
        return JsonSerializer.Serialize(
            new SortedDictionary<string, string?>(all.ToDictionary(), StringComparer.Ordinal), Relaxed);
    }

    private async Task OkAsync(string experiment, string json)
    {
        ApiAnswer answer = await SendAsync(experiment, Encoding.UTF8.GetBytes(json), "application/json", "");
        Assert.True(answer.Status == 200, answer.Body);
    }

    private async Task<JsonElement> InfoAsync(string id) => (await mlflow.Api.GetAsync($"{Api3}/{id}")).Json.GetProperty("trace").GetProperty("trace_info");

    private async Task<ApiAnswer> SendAsync(string? experiment, byte[] body, string type, string encoding)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.Add("Content-Type", type);
        if (encoding.Length > 0)
            content.Headers.Add("Content-Encoding", encoding);
        if (experiment is not null)
            content.Headers.Add("x-mlflow-experiment-id", experiment);
        return await mlflow.Api.SendAsync(HttpMethod.Post, "/v1/traces", content);
    }

    private static byte[] Packed(string encoding, byte[] body)
    {
        var packed = new MemoryStream();
        using (Stream stream = encoding switch { "gzip" => new GZipStream(packed, CompressionLevel.Fastest, true), "deflate" => new ZLibStream(packed, CompressionLevel.Fastest, true), _ => packed })
            stream.Write(body);
        return packed.ToArray();
    }

    private static byte[] Bytes(int field, ReadOnlySpan<byte> content)
    {
        var written = new List<byte> { (byte)((field << 3) | 2) };
        uint length = (uint)content.Length;
        for (; length >= 0x80; length >>= 7)
            written.Add((byte)(length | 0x80));
        return [.. written, (byte)length, .. content];
    }

    private static byte[] Fixed(int field, ulong value)
    {
        byte[] bytes = new byte[9];
        bytes[0] = (byte)((field << 3) | 1);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(1), value);
        return bytes;
    }

    private static byte[] Pair(int field, string key, byte[] value) => Bytes(field, [.. Bytes(1, Encoding.UTF8.GetBytes(key)), .. Bytes(2, value)]);
}
