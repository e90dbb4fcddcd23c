using MlOps.Azure.Storage;
using MlOps.Contracts;
using MlOps.Contracts.Storage;
using MlOps.Domain.Storage;

namespace MlOps.Azure.Tests.Storage;

[Collection(WithAzurite.Name)]
public sealed class AzureEntityWriteTests(Azurite azurite) : EntityWriteContract(new AzureTableHost(azurite));

[Collection(WithAzurite.Name)]
public sealed class AzureEntityBatchTests(Azurite azurite) : EntityBatchContract(new AzureTableHost(azurite));

[Collection(WithAzurite.Name)]
public sealed class AzureEntityScanTests(Azurite azurite) : EntityScanContract(new AzureTableHost(azurite));

[Collection(WithAzurite.Name)]
public sealed class AzureEntityLimitTests(Azurite azurite) : EntityLimitContract(new AzureTableHost(azurite))
{
    private const string Emulator = "the emulator, unlike the service, does not weigh a row after a merge";

    [SkippableTheory(Skip = Emulator)]
    [InlineData(EntityOperation.Merge)]
    public override Task Merge_GrowsPastOneMebibyte_IsTooLargeAndChangesNothing(EntityOperation operation) =>
        base.Merge_GrowsPastOneMebibyte_IsTooLargeAndChangesNothing(operation);

    [SkippableFact(Skip = Emulator)]
    public override Task Properties_AtTheLimitAndPast_AreTakenAndTooLarge() => base.Properties_AtTheLimitAndPast_AreTakenAndTooLarge();
}

internal sealed class AzureTableHost(Azurite azurite) : IStoreHost<IEntityTable>
{
    public Task<IEntityTable> OpenAsync() => Task.FromResult<IEntityTable>(new AzureEntityTable(azurite.Connection.Tables(new AzureStorageOptions())));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
