namespace MlOps.Contracts;

/// <summary>Asserts on what a user is told.</summary>
public static class Refused
{
    public static async Task<MlOpsException> AsAsync(ErrorKind kind, string code, Func<Task> action)
    {
        MlOpsException refused = await Assert.ThrowsAsync<MlOpsException>(action);
        Assert.Equal((kind, code), (refused.Kind, refused.Code));
        return refused;
    }
}
