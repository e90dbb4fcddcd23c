namespace MlOps.Domain.Access;

/// <summary>What a token may do; each role may do all that the ones before it may.</summary>
public enum Role
{
    /// <summary>Read, and ask for predictions.</summary>
    Viewer,

    /// <summary>Also write: data, runs, models, pipelines, rollouts.</summary>
    Contributor,

    /// <summary>Also make and revoke tokens.</summary>
    Admin,
}
