namespace MlOps.Domain.Access;

/// <summary>Who calls: the name of the token and its role.</summary>
public sealed record Principal(string Name, Role Role)
{
    public bool MayActAs(Role role) => Role >= role;
}
