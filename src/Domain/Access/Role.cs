namespace MlOps.Domain.Access;

/// <summary>What a token may do; each role may do all that the ones before it may.</summary>
public enum Role
{
    /// <summary>Read.</summary>
    Viewer,

    /// <summary>Also ask for predictions, and write: data, runs, models, pipelines, rollouts.</summary>
    Contributor,

    /// <summary>Also delete, and make and revoke tokens.</summary>
    Admin,
}
