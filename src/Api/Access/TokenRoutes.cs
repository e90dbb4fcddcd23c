using Microsoft.AspNetCore.Http;
using MlOps.Api.Http;
using MlOps.Domain;
using MlOps.Domain.Access;

namespace MlOps.Api.Access;

/// <summary>Access tokens; for admins only. A token's text is told once, in the answer that made it.</summary>
internal static class TokenRoutes
{
    public static void Map(ApiRoutes routes, Platform platform)
    {
        AccessTokens tokens = platform.Access;
        routes.Get("/tokens", async call => await call.ListAsync(await tokens.ListAsync(call.Aborted)), Role.Admin);
        routes.Post("/tokens", async call => await CreateAsync(tokens, call), Role.Admin);
        routes.Delete("/tokens/{name}", async call =>
        {
            await tokens.RevokeAsync(call.Path("name"), call.Aborted);
            await call.NothingAsync();
        });
    }

    private static async Task CreateAsync(AccessTokens tokens, ApiCall call)
    {
        TokenRequest wanted = await call.ReadAsync<TokenRequest>();
        string token = await tokens.CreateAsync(wanted.Name, wanted.Role, call.Aborted);
        await call.JsonAsync(new TokenCreated(wanted.Name, wanted.Role, token), StatusCodes.Status201Created);
    }
}
