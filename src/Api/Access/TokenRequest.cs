using MlOps.Domain.Access;

namespace MlOps.Api.Access;

/// <summary>A token to make: whose it is (1 to 40 of <c>a-z 0-9 -</c>) and what it may do.</summary>
public sealed record TokenRequest(string Name, Role Role);

/// <summary>The answer: the only time that the token is shown.</summary>
public sealed record TokenCreated(string Name, Role Role, string Token);
