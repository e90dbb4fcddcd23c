using MlOps.Learning.Trainers;
using MlOps.Learning.Trainers.Linear;

namespace MlOps.MlNet;

/// <summary>The sections of an ML.NET model: the encoding, the target's scale, and ML.NET's archive as it is.</summary>
internal sealed class MlNetModelFormat : IModelFormat
{
    public const string Name = "mlnet";

    public string Kind => Name;

    public static ModelContent Content(ModelHeader header, MlNetParts parts) => new ModelContent(header)
        .Add(parts.Encoding)
        .Add<double>("targetScale", [parts.Scale.Mean, parts.Scale.Deviation])
        .Add<byte>("archive", parts.Zip);

    public IModel Read(ModelContent content) => content.Get<double>("targetScale") is [double mean, double deviation]
        ? new MlNetModel(content.Header, new MlNetParts(content.GetEncoding(), new TargetScale(mean, deviation), content.Get<byte>("archive")))
        : throw ModelFile.Damaged("it does not say the target's scale");
}
