using System.Security.Cryptography;
using System.Text;

namespace MlOps.Domain.Serving.Log;

/// <summary>A policy with the key of its hashes, ready to act on requests.</summary>
public sealed class LogRule
{
    /// <summary>Where the policy could not be read: nothing is recorded, and no value shown.</summary>
    internal static readonly LogRule Unknown = new(LogPolicy.Default with { Off = true }, [], isKnown: false);

    internal static readonly LogRule Everything = new(LogPolicy.Default, []);

    private const int HashBytes = 16;

    private readonly byte[] _key;
    private readonly bool _isKnown;

    internal LogRule(LogPolicy policy, byte[] key, bool isKnown = true) => (Policy, _key, _isKnown) = (policy, key, isKnown);

    public LogPolicy Policy { get; }

    /// <summary>Some values must not be shown anywhere.</summary>
    public bool HidesAny => !_isKnown || Policy.Redact.Count > 0;

    /// <summary>Whether the request is recorded. Allocates nothing.</summary>
    /// <param name="draw">The server's number of it; 0 where there is none.</param>
    public bool Takes(string requestId, ulong draw = 0) => !Policy.Off && RequestSample.Takes(Policy.Sample, requestId, draw);

    /// <summary>The feature's values must not be shown anywhere.</summary>
    public bool Hides(string feature) => !_isKnown || Policy.Redact.ContainsKey(feature);

    internal Redaction? Of(string feature) => Policy.Redact.TryGetValue(feature, out Redaction how) ? how : null;

    /// <summary>HMAC-SHA-256 of feature and value, the first 128 bits.</summary>
    internal string Hash(string feature, string value)
    {
        byte[] hash = HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{feature}\0{value}"));
        return "h:" + Convert.ToHexStringLower(hash.AsSpan(0, HashBytes));
    }
}
