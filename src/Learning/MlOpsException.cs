namespace MlOps;

/// <summary>What went wrong, as a host must answer it: HTTP status, MLflow error code and exit code follow from it.</summary>
public enum ErrorKind
{
    /// <summary>The named thing does not exist (404, exit 2).</summary>
    NotFound,

    /// <summary>Somebody else changed or created it first (409, exit 1).</summary>
    Conflict,

    /// <summary>The input is wrong; the message says where and what is allowed (400, exit 2).</summary>
    Invalid,

    /// <summary>The input is fine but not permitted: no token, role too low, a path outside its root (401/403, exit 2).</summary>
    Refused,

    /// <summary>A limit on size was passed (413, exit 2).</summary>
    TooLarge,

    /// <summary>It may work later: overloaded, not ready, a dependency is away (503, exit 1).</summary>
    Unavailable,

    /// <summary>A part of the server did not do its work: a model that throws. Asking again does not help (500, exit 1).</summary>
    Failed,
}

/// <summary>
/// The one exception for what a user can cause. <paramref name="code"/> is a stable kebab-case identifier
/// (<c>csv-ragged-row</c>) for scripts; <paramref name="message"/> says what, where, which value, what is allowed, what to do.
/// </summary>
public sealed class MlOpsException(ErrorKind kind, string code, string message, Exception? inner = null)
    : Exception(message, inner)
{
    public ErrorKind Kind { get; } = kind;

    public string Code { get; } = code;

    /// <summary>After how long the same may work, where that is known: what <c>Retry-After</c> says. Null for not known.</summary>
    public TimeSpan? RetryAfter { get; init; }

    public static MlOpsException NotFound(string code, string message) => new(ErrorKind.NotFound, code, message);

    public static MlOpsException Conflict(string code, string message) => new(ErrorKind.Conflict, code, message);

    public static MlOpsException Invalid(string code, string message) => new(ErrorKind.Invalid, code, message);

    public static MlOpsException Refused(string code, string message) => new(ErrorKind.Refused, code, message);

    public static MlOpsException TooLarge(string code, string message) => new(ErrorKind.TooLarge, code, message);

    public static MlOpsException Failed(string code, string message) => new(ErrorKind.Failed, code, message);

    public static MlOpsException Unavailable(string code, string message) => new(ErrorKind.Unavailable, code, message);
}
