using System.Security.Cryptography;
using System.Text.Json;

namespace MlOps.Learning.Trainers.Boosting;

/// <summary>A fit of `gbdt` under way.</summary>
/// <param name="header">The model's, without what only its trees tell.</param>
/// <param name="held">What to calibrate on; null: not.</param>
internal sealed class GbdtSession(Booster booster, ModelHeader header, CalibrationRows? held) : IFitSession
{
    /// <summary>Raise it when the same fit would go on otherwise: then what an older version left is no start.</summary>
    private const int Version = 6;

    private const string Kind = "trees-unfinished";

    /// <summary>A checkpoint is built in memory, twice for a moment.</summary>
    private const long MostBytes = 512L << 20;

    private byte[]? _fingerprint;

    public IModel? Run(Func<bool>? pause, IProgress<TrainingProgress>? progress) => booster.Run(pause, progress) ? Model(booster.Result()) : null;

    /// <summary>The frame of a model file with the state of the fit as further sections.</summary>
    public byte[]? Checkpoint()
    {
        if (booster.StateBytes > MostBytes)
            return null;
        ModelContent content = TreeModelFormat.Content(header with { Kind = Kind }, booster.Trees.Ensemble([]));
        booster.Save(content.Add<byte>("fit", Fingerprint()));
        using var file = new MemoryStream();
        ModelFile.Write(content, file);
        return file.ToArray();
    }

    public void GoOnFrom(ReadOnlyMemory<byte> checkpoint)
    {
        if (checkpoint.IsEmpty)
            return;
        try
        {
            ModelContent content = ModelFile.Read(checkpoint);
            if (content.Header.Kind == Kind && content.Get<byte>("fit").AsSpan().SequenceEqual(Fingerprint()))
                booster.Restore(content, header.Signature.Inputs);
        }
        catch (MlOpsException)
        {
            // What is damaged is no start either.
        }
    }

    /// <summary>Of all that the fit follows from: two fits that share it grow the same trees.</summary>
    private byte[] Fingerprint()
    {
        if (_fingerprint is not null)
            return _fingerprint;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(BitConverter.GetBytes(Version));
        hash.AppendData([BlockMath.IsFused ? (byte)1 : (byte)0]);
        hash.AppendData(JsonSerializer.SerializeToUtf8Bytes(header, ModelHeader.Json));
        booster.Identify(hash);
        return _fingerprint = hash.GetHashAndReset();
    }

    private TreeModel Model(BoostingResult result)
    {
        var metadata = new SortedDictionary<string, double>(StringComparer.Ordinal)
        {
            ["rows"] = booster.Rows,
            ["rounds"] = result.Rounds,
            ["roundsGrown"] = result.RoundsGrown,
        };
        if (result.ValidationLoss is { } loss && double.IsFinite(loss))
            metadata["validationLoss"] = loss;
        return new TreeModel(
            header with { Metadata = metadata, Importance = GainImportance(header.Signature, result.Trees), Calibration = Calibrate(result.Trees) }, result.Trees);
    }

    private ScoreCalibration? Calibrate(TreeEnsemble trees) =>
        held?.Fit(header.Signature.Classes, new TreeModel(header with { Link = OutputLink.Identity }, trees).Score(held.Rows).Scores);

    private static IReadOnlyList<FeatureImportance> GainImportance(ModelSignature signature, TreeEnsemble trees)
    {
        var gains = new double[signature.Inputs.Count];
        for (int i = 0; i < trees.Nodes.Length; i++)
        {
            if (!trees.Nodes[i].IsLeaf)
                gains[trees.Nodes[i].Input] += trees.Gain[i];
        }

        return Shares.Of(signature, gains);
    }
}
