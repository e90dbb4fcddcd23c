using MlOps.Learning.Trainers;

namespace MlOps.Domain.Rollout.Evidence.Answers;

/// <summary>Both versions' answers in a step, as far as the log was read.</summary>
internal sealed class StepAnswers
{
    /// <summary>More tell a shift no better and only cost time.</summary>
    private const int Most = 10_000;

    /// <summary>Pairs also tell of errors, where more rows find smaller differences.</summary>
    private const int MostPairs = 50_000;

    /// <summary>A version: models of very many classes have fewer rows kept.</summary>
    private const long MostBytes = 8 << 20;

    public StepAnswers(AnswerWindow window, ModelSignature canary, ModelSignature champion)
    {
        (CanaryVersion, CanarySignature, ChampionSignature, ReadTo) = (window.Canary, canary, champion, window.From);
        int most = window.Paired ? MostPairs : Most;
        (Canary, Champion) = (new AnswerSample(most, MostBytes), new AnswerSample(most, MostBytes));
    }

    public int CanaryVersion { get; }

    public ModelSignature CanarySignature { get; }

    public ModelSignature ChampionSignature { get; }

    public AnswerSample Canary { get; }

    public AnswerSample Champion { get; }

    public SeenSegments Segments { get; } = new();

    public DateTimeOffset ReadTo { get; set; }

    /// <summary>What was found when the log was last read.</summary>
    public Comparison Shift { get; set; } = Comparison.Nothing;

    /// <summary>Of a shadow.</summary>
    public PairedAnswers? Pairs { get; set; }

    public AnswerSample Of(int version) => version == CanaryVersion ? Canary : Champion;

    public ModelSignature SignatureOf(int version) => version == CanaryVersion ? CanarySignature : ChampionSignature;

    public long Bytes => Canary.Bytes + Champion.Bytes + Segments.Bytes;
}
