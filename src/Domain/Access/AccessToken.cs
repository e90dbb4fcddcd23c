namespace MlOps.Domain.Access;

/// <summary>A token as it is listed: never its secret.</summary>
public sealed record AccessToken(string Name, Role Role, DateTimeOffset CreatedAt);
