using MlOps.Domain.Storage;

namespace MlOps.Domain.Access;

/// <summary>The rows of tokens: table <c>access</c>, partition <c>token</c>, row = name.</summary>
internal static class AccessTable
{
    public const string Name = "access";
    public const string Partition = "token";

    public static Entity Row(AccessToken token, byte[] hash) => new(Partition, token.Name)
    {
        ["Role"] = token.Role.ToString(),
        ["Hash"] = hash,
        ["CreatedAt"] = token.CreatedAt,
    };

    public static AccessToken Token(Entity row) =>
        new(row.Key.Row, Enum.Parse<Role>(row.Text("Role")!), row.Time("CreatedAt")!.Value);

    public static byte[] Hash(Entity row) => row.Bytes("Hash")!;
}
