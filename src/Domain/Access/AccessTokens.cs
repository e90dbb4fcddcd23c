using System.Security.Cryptography;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Access;

/// <summary>Bearer tokens: made, shown once, stored hashed, compared in constant time, listed and revoked by name.</summary>
/// <param name="setup">A token that the host knows besides; it is neither listed nor revoked here.</param>
public sealed class AccessTokens(IEntityTable tables, TimeProvider clock, SetupToken? setup = null)
{
    /// <returns>The token: the only time that it can be seen.</returns>
    /// <exception cref="MlOpsException">Invalid <c>token-name</c>, <c>token-role</c>; Conflict <c>token-exists</c>, <c>token-of-host</c>.</exception>
    public async Task<string> CreateAsync(string name, Role role, CancellationToken cancellationToken)
    {
        TokenText.CheckName(name);
        CheckNotSetup(name);
        if (!Enum.IsDefined(role))
            throw MlOpsException.Invalid("token-role", $"there is no role {role}; the roles are viewer, contributor and admin");
        (string token, byte[] hash) = TokenText.New(name);
        Entity row = AccessTable.Row(new(name, role, clock.GetUtcNow()), hash);
        return await tables.TryInsertAsync(AccessTable.Name, row, cancellationToken)
            ? token
            : throw MlOpsException.Conflict("token-exists", $"there is a token '{name}' already: revoke it first, or choose another name");
    }

    /// <summary>Who presents the token, or null when it is none of ours. A revoked token fails from its next use on.</summary>
    public async Task<Principal?> VerifyAsync(string? token, CancellationToken cancellationToken)
    {
        if (!TokenText.TryParse(token, out string? name, out byte[] hash))
            return null;
        if (setup is not null && name == SetupToken.Name)
            return setup.Is(hash) ? new Principal(name, Role.Admin) : null;
        Entity? row = await tables.FindAsync(AccessTable.Name, new(AccessTable.Partition, name), cancellationToken);
        // An unknown name is compared too, so that the answer's time does not tell which names exist.
        bool same = CryptographicOperations.FixedTimeEquals(hash, row is null ? new byte[hash.Length] : AccessTable.Hash(row));
        return row is not null && same ? new Principal(name, AccessTable.Token(row).Role) : null;
    }

    /// <summary>All tokens, by name.</summary>
    public async Task<IReadOnlyList<AccessToken>> ListAsync(CancellationToken cancellationToken) =>
        await tables.ScanAsync(AccessTable.Name, AccessTable.Partition, EntityRange.All, cancellationToken).Select(AccessTable.Token).ToListAsync(cancellationToken);

    /// <exception cref="MlOpsException">NotFound <c>token-missing</c>; Conflict <c>token-of-host</c>.</exception>
    public async Task RevokeAsync(string name, CancellationToken cancellationToken)
    {
        CheckNotSetup(name);
        try
        {
            await tables.WriteAsync(AccessTable.Name, EntityWrite.Delete(new(AccessTable.Partition, name)), cancellationToken);
        }
        catch (MlOpsException e) when (e.Code == "entity-missing")
        {
            throw MlOpsException.NotFound("token-missing", $"there is no token '{name}': list the tokens to see their names");
        }
    }

    /// <summary>Whether there is a token at all: without one only loopback may be served.</summary>
    public async Task<bool> AnyAsync(CancellationToken cancellationToken) =>
        setup is not null || (await tables.QueryAsync(AccessTable.Name, AccessTable.Partition, new EntityRange(Limit: 1), cancellationToken)).Entities.Count > 0;

    private void CheckNotSetup(string name)
    {
        if (setup is not null && name == SetupToken.Name)
            throw MlOpsException.Conflict("token-of-host", $"the token '{name}' stands in the host's settings: change or remove it there, or choose another name");
    }
}
