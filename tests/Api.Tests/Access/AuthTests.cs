using MlOps.Api.Access;
using MlOps.Contracts;
using MlOps.Domain.Access;

namespace MlOps.Api.Tests.Access;

public sealed class AuthTests : ApiTest
{
    [Fact]
    public async Task Loopback_WhileNoTokenExists_NeedsNone() => Assert.Equal(200, (await Api.GetAsync("/api/v1/models")).Status);

    [Theory]
    [InlineData("Origin", "https://evil.example")]
    [InlineData("Origin", "null")]
    [InlineData("Host", "evil.example")]
    [InlineData("X-Forwarded-For", "203.0.113.9")]
    public async Task Loopback_ForAForeignPageOrProxy_IsRefused(string header, string value)
    {
        (await Api.PostAsync("/api/v1/tokens", new { name = "x", role = "admin" }, (header, value))).Problem(403, "origin-refused");

        Assert.False(await Api.Platform.Access.AnyAsync(None));
    }

    [Fact]
    public async Task Loopback_OfItsOwnPage_IsAnswered() =>
        Assert.Equal(200, (await Api.GetAsync("/api/v1/models", ("Origin", Api.Http.BaseAddress!.GetLeftPart(UriPartial.Authority)))).Status);

    [Fact]
    public async Task Request_OnceATokenExists_NeedsOne()
    {
        string admin = (await Api.PostAsync("/api/v1/tokens", new { name = "ann", role = "admin" })).Read<TokenCreated>().Token;
        // That none exists is remembered for a second.
        await Eventually.TrueAsync(async () => (await Api.GetAsync("/api/v1/models")).Status != 200, "a token is asked for");

        ApiAnswer without = await Api.GetAsync("/api/v1/models");

        Assert.Contains("Authorization: Bearer", without.Problem(401, "token-missing"), StringComparison.Ordinal);
        Assert.Equal("Bearer", without.Header("WWW-Authenticate"));
        Assert.Equal(200, (await Api.GetAsync("/api/v1/models", Bearer(admin))).Status);
    }

    [Theory]
    [InlineData("Bearer nonsense")]
    [InlineData("Bearer ")]
    [InlineData("bearer mlops_ann_0000000000000000000000000000000000000000000000000000000000000000")]
    public async Task Request_WithAnUnknownToken_Is401EvenWhereNoneIsNeeded(string header)
    {
        ApiAnswer answer = await Api.GetAsync("/api/v1/models", ("Authorization", header));

        answer.Problem(401, "token-invalid");
    }

    [Theory]
    [InlineData(Role.Viewer, 200, 403, 403)]
    [InlineData(Role.Contributor, 200, 200, 403)]
    [InlineData(Role.Admin, 200, 200, 200)]
    public async Task MlflowsClient_WithItsTokenOrPassword_MayWhatItsRoleMay(Role role, int read, int write, int deleteFiles)
    {
        string token = await Api.Platform.Access.CreateAsync("someone", role, None);
        string password = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"any user:{token}"));
        foreach ((string, string) header in new[] { Bearer(token), ("Authorization", $"Basic {password}") })
        {
            Assert.Equal(read, (await Api.PostTextAsync("/api/2.0/mlflow/runs/search", """{"experiment_ids":["0"]}""", "application/json", header)).Status);
            Assert.Equal(write, (await Api.PostTextAsync("/api/2.0/mlflow/runs/create", """{"experiment_id":"0"}""", "application/json", header)).Status);
            Assert.Equal(deleteFiles, (await Api.SendAsync(HttpMethod.Delete, "/api/2.0/mlflow-artifacts/artifacts/a/b", null, header)).Status);
        }
    }

    [Theory]
    [InlineData("Basic nonsense!")]
    [InlineData("Basic c29tZW9uZQ==")]
    [InlineData("Basic c29tZW9uZTptbG9wc19hbm5fMDAwMA==")]
    public async Task MlflowsClient_WithAPasswordThatIsNoToken_IsAskedForOne(string header)
    {
        ApiAnswer answer = await Api.GetAsync("/api/2.0/mlflow/experiments/search", ("Authorization", header));

        answer.MlflowError(401, "UNAUTHENTICATED");
        Assert.StartsWith("Basic", answer.Header("WWW-Authenticate"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Password_SentByAForeignPage_IsRefused()
    {
        string password = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($":{await Api.Platform.Access.CreateAsync("ann", Role.Admin, None)}"));

        (await Api.GetAsync("/api/2.0/mlflow/experiments/search", ("Authorization", $"Basic {password}"), ("Origin", "https://evil.example"))).MlflowError(403, "PERMISSION_DENIED");
    }

    [Theory]
    [InlineData(Role.Viewer, 200, 403, 403, 403)]
    [InlineData(Role.Contributor, 200, 404, 403, 403)]
    [InlineData(Role.Admin, 200, 404, 404, 200)]
    public async Task Role_OfAToken_DecidesWhatItMay(Role role, int read, int write, int delete, int tokens)
    {
        (string, string) bearer = Bearer(await Api.Platform.Access.CreateAsync("someone", role, None));

        Assert.Equal(read, (await Api.GetAsync("/api/v1/models", bearer)).Status);
        Assert.Equal(write, (await Api.PutAsync("/api/v1/models/churn/aliases/champion", new { version = 1 }, bearer)).Status);
        Assert.Equal(delete, (await Api.SendAsync(HttpMethod.Delete, "/api/v1/models/churn/aliases/champion", null, bearer)).Status);
        Assert.Equal(tokens, (await Api.GetAsync("/api/v1/tokens", bearer)).Status);
        Assert.Equal(delete == 403 ? 403 : 200, (await Api.PostTextAsync("/api/3.0/mlflow/traces/delete-traces", """{"experiment_id":"0","request_ids":["tr-1"]}""", headers: bearer)).Status);
        Assert.Equal(write == 403 ? 403 : 404, (await Api.SendAsync(HttpMethod.Delete, "/api/3.0/mlflow/traces/tr-1/assessments/a-1", null, bearer)).Status);
        Assert.Equal(200, (await Api.PostTextAsync("/api/3.0/mlflow/traces/batchGetInfos", """{"trace_ids":["tr-1"]}""", headers: bearer)).Status);
    }

    /// <summary>What MLflow's pages post to read.</summary>
    [Theory]
    [InlineData("/ajax-api/2.0/mlflow/gateway-proxy")]
    [InlineData("/ajax-api/3.0/mlflow/ui-telemetry")]
    [InlineData("/ajax-api/3.0/mlflow/datasets/search")]
    public async Task Viewer_PostsWhatOnlyReads_IsAnswered(string path)
    {
        (string, string) bearer = Bearer(await Api.Platform.Access.CreateAsync("vic", Role.Viewer, None));

        Assert.Equal(200, (await Api.PostAsync(path, new { }, bearer)).Status);
    }

    [Fact]
    public async Task Role_TooLow_SaysWhichIsNeeded()
    {
        (string, string) bearer = Bearer(await Api.Platform.Access.CreateAsync("vic", Role.Viewer, None));

        string detail = (await Api.PostAsync("/api/v1/predictions/churn", new { rows = Array.Empty<int>() }, bearer)).Problem(403, "role-too-low");

        Assert.Contains("needs the role contributor, the token 'vic' has viewer", detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Token_Revoked_IsRefusedFromThenOn()
    {
        (string, string) admin = Bearer(await Api.Platform.Access.CreateAsync("ann", Role.Admin, None));
        (string, string) ci = Bearer(await Api.Platform.Access.CreateAsync("ci", Role.Viewer, None));

        Assert.Equal(204, (await Api.SendAsync(HttpMethod.Delete, "/api/v1/tokens/ci", null, admin)).Status);

        (await Api.GetAsync("/api/v1/models", ci)).Problem(401, "token-invalid");
    }

    [Fact]
    public async Task Tokens_Listed_ShowNoSecret()
    {
        string token = (await Api.PostAsync("/api/v1/tokens", new { name = "ci", role = "viewer" })).Read<TokenCreated>().Token;

        ApiAnswer list = await Api.GetAsync("/api/v1/tokens", Bearer(await Api.Platform.Access.CreateAsync("ann", Role.Admin, None)));

        Assert.Equal(2, list.Json.GetProperty("items").GetArrayLength());
        Assert.DoesNotContain(token, list.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("hash", list.Body, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Token_OfAnUnknownRole_NamesTheRoles()
    {
        string detail = (await Api.PostAsync("/api/v1/tokens", new { name = "ci", role = "root" })).Problem(400, "json-invalid");

        Assert.True(detail.Contains("expected one of viewer, contributor, admin", StringComparison.Ordinal), detail);
    }

    [Theory]
    [InlineData("/health")]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    [InlineData("/v2")]
    [InlineData("/v2/health/live")]
    [InlineData("/v2/health/ready")]
    [InlineData("/version")]
    public async Task Probe_NeedsNoToken(string path)
    {
        await Api.Platform.Access.CreateAsync("ann", Role.Admin, None);

        Assert.Equal(200, (await Api.GetAsync(path)).Status);
    }

    [Fact]
    public async Task Everything_WhereTheHostIsNotOpen_NeedsAToken()
    {
        await using ApiHost closed = await ApiHost.StartAsync(new ApiOptions { OpenOnLoopback = false });

        Assert.Equal(401, (await closed.GetAsync("/api/v1/models")).Status);
        Assert.Equal(401, (await closed.GetAsync("/v2/models")).Status);
        Assert.Equal(401, (await closed.PostTextAsync("/invocations", "{}")).Status);
    }

    internal static (string, string) Bearer(string token) => ("Authorization", $"Bearer {token}");
}
