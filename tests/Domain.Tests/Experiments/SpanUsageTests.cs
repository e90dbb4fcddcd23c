using System.Text.Json;
using MlOps.Domain.Experiments;
using MlOps.Domain.Experiments.Traces;

namespace MlOps.Domain.Tests.Experiments;

/// <summary>Tokens and costs of a trace, summed from spans in whatever lots they come.</summary>
public sealed class SpanUsageTests : TrackerTest
{
    private const string Id = "tr-0123456789abcdef0123456789abcdef";

    [Fact]
    public async Task Store_OfSpansInLots_SumsWhatTheyTellOnce()
    {
        Span root = Step(1), first = Step(2, """{"mlflow.chat.tokenUsage":{"input_tokens":3,"output_tokens":4,"total_tokens":7},"mlflow.llm.cost":"{\"input_cost\": 0.25, \"total_cost\": 0.5}"}""");
        Span second = Step(3, """{"mlflow.chat.tokenUsage":"{\"input_tokens\": 10, \"output_tokens\": 1, \"total_tokens\": 11, \"cache_read_input_tokens\": 2}","mlflow.llm.cost":{"total_cost":1.25}}""");

        await StoreAsync(first);
        await StoreAsync(second, root);
        await StoreAsync(root, second, first);

        IReadOnlyDictionary<string, string> metadata = await MetadataAsync();
        Assert.Equal("""{"input_tokens": 13, "output_tokens": 5, "total_tokens": 18, "cache_read_input_tokens": 2}""", metadata["mlflow.trace.tokenUsage"]);
        Assert.Equal("""{"input_cost": 0.25, "output_cost": 0.0, "total_cost": 1.75}""", metadata["mlflow.trace.cost"]);
    }

    [Theory]
    [InlineData("""{"llm.token_count.prompt":3,"llm.token_count.completion":"4","llm.token_count.total":9}""", """{"input_tokens": 3, "output_tokens": 4, "total_tokens": 9}""")]
    [InlineData("""{"gen_ai.usage.input_tokens":"\"3\"","gen_ai.usage.output_tokens":4,"gen_ai.usage.cache_read.input_tokens":1}""", """{"input_tokens": 3, "output_tokens": 4, "total_tokens": 7, "cache_read_input_tokens": 1}""")]
    [InlineData("""{"gen_ai.usage.prompt_tokens":3,"llm.usage.total_tokens":5}""", """{"input_tokens": 3, "total_tokens": 5}""")]
    [InlineData("""{"usage.prompt_tokens":3,"usage.completion_tokens":4}""", """{"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}""")]
    [InlineData("""{"mlflow.chat.tokenUsage":"no JSON","gen_ai.usage.input_tokens":3}""", null)]
    [InlineData("""{"gen_ai.usage.input_tokens":-3}""", null)]
    public async Task Store_OfSpansOfOtherExporters_ReadsTheirNames(string attributes, string? expected)
    {
        await StoreAsync(Step(1, attributes));

        Assert.Equal(expected, (await MetadataAsync()).GetValueOrDefault("mlflow.trace.tokenUsage"));
    }

    [Fact]
    public async Task Store_WhereTheClientSaidItself_LeavesThat()
    {
        await StoreAsync(Step(1, """{"gen_ai.usage.input_tokens":3}"""));
        await TellAsync(new Dictionary<string, string> { [Trace.FinalKey] = "true", [Trace.TokensKey] = """{"input_tokens": 5}""" });
        await StoreAsync(Step(2, """{"gen_ai.usage.input_tokens":4,"mlflow.llm.cost":{"total_cost":2}}"""));

        IReadOnlyDictionary<string, string> metadata = await MetadataAsync();
        Assert.Equal(("""{"input_tokens": 5}""", """{"input_cost": 0.0, "output_cost": 0.0, "total_cost": 2.0}"""), (metadata[Trace.TokensKey], metadata[Trace.CostKey]));
    }

    [Fact]
    public async Task Store_WhereTheClientSaidNothingOfIt_GoesOnSumming()
    {
        await StoreAsync(Step(1, """{"gen_ai.usage.input_tokens":3}"""));
        await TellAsync(new Dictionary<string, string> { [Trace.FinalKey] = "true" });
        await StoreAsync(Step(2, """{"gen_ai.usage.input_tokens":4}"""));

        Assert.Equal("""{"input_tokens": 7}""", (await MetadataAsync())[Trace.TokensKey]);
    }

    [Fact]
    public async Task Store_OfAStepThatIsToldAgainWhenItEnds_CountsItOnce()
    {
        await StoreAsync(Step(1, """{"gen_ai.usage.input_tokens":3,"gen_ai.usage.output_tokens":9}"""));
        await StoreAsync(Step(1, """{"gen_ai.usage.input_tokens":3,"gen_ai.usage.output_tokens":2}"""));

        Assert.Equal("""{"input_tokens": 3, "output_tokens": 9, "total_tokens": 12}""", (await MetadataAsync())[Trace.TokensKey]);
    }

    [Fact]
    public async Task Store_OfMoreSpansThanAreSummed_SumsTheFirst()
    {
        await StoreAsync([.. Enumerable.Range(1, 1_200).Select(n => Step(n, """{"gen_ai.usage.input_tokens":1}"""))]);

        Assert.Equal("""{"input_tokens": 1000}""", (await MetadataAsync())[Trace.TokensKey]);
    }

    private async Task StoreAsync(params Span[] spans) =>
        await Tracker.Traces.Spans.StoreAsync((await Tracker.EnsureExperimentAsync("churn", None)).Id, Id, spans, None);

    private async Task TellAsync(Dictionary<string, string> metadata)
    {
        Trace known = await Tracker.Traces.GetAsync(Id, None);
        await Tracker.Traces.StoreAsync(new Trace(Id, known.ExperimentId, known.StartedAt) { Metadata = metadata, State = TraceState.Ok }, None);
    }

    private async Task<IReadOnlyDictionary<string, string>> MetadataAsync() => (await Tracker.Traces.GetAsync(Id, None)).Metadata;

    private static Span Step(int number, string attributes = "{}") => new($"{number:x16}", number == 1 ? null : "0000000000000001", "call", 1_769_861_000_000_000_000, 1_769_861_001_000_000_000)
    {
        Attributes = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(attributes)!,
    };
}
