using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace MlOps.Architecture;

/// <summary>The Pulumi program and the provider's schema.</summary>
public class InfraSourceTests
{
    private static readonly PulumiSchema Schema = PulumiSchema.Load();

    [Fact]
    public void Arguments_OfEveryResource_AreThoseOfTheProvider()
    {
        var source = new InfraSource(Schema, [.. Repository.Sources("infra").Select(f => CSharpSyntaxTree.ParseText(File.ReadAllText(f), path: f))]);

        Assert.True(source.Checked > 50, $"only {source.Checked} argument objects were found in infra/");
        Assert.True(source.Problems.Count == 0, string.Join('\n', source.Problems));
    }

    [Theory]
    [InlineData("new QueueArgs { ResourceGroupName = g, AccountName = a, QueueNames = q }", "Storage.QueueArgs has no QueueNames")]
    [InlineData("new QueueArgs { ResourceGroupName = g }", "Storage.QueueArgs needs AccountName")]
    [InlineData("new StorageAccountArgs { ResourceGroupName = g, Sku = s, Kind = \"StorageV3\" }", "Storage.StorageAccountArgs.Kind is 'StorageV3', which is none of")]
    [InlineData("new StorageAccountArgs { ResourceGroupName = g, Sku = s, Kind = k, AccessTier = \"Hot\" }", "Storage.StorageAccountArgs.AccessTier takes enum AccessTier, not the text 'Hot'")]
    [InlineData("new StorageAccountArgs { ResourceGroupName = g, Sku = s, Kind = k, AccessTier = AccessTier.Warm }", "has the value Storage.AccessTier.Warm, which is none of")]
    [InlineData("new StorageAccountArgs { ResourceGroupName = g, Sku = s, Kind = k, AllowBlobPublicAccess = \"no\" }", "AllowBlobPublicAccess takes boolean, not the text 'no'")]
    [InlineData("new StorageAccountArgs { ResourceGroupName = g, Sku = new QueueArgs { ResourceGroupName = g, AccountName = a }, Kind = k }", "Sku takes SkuArgs, not QueueArgs")]
    [InlineData("new QueuesArgs { }", "QueuesArgs is not in the schema's data")]
    public void Problems_OfAWrongProgram_SayWhatIsWrong(string expression, string expected)
    {
        SyntaxTree tree = CSharpSyntaxTree.ParseText($$"""
            using Pulumi.AzureNative.Storage;
            using Pulumi.AzureNative.Storage.Inputs;
            class C { object M(object g, object a, object s, object k, object q) => {{expression}}; }
            """);

        string problem = Assert.Single(new InfraSource(Schema, [tree]).Problems);

        Assert.Contains(expected, problem);
    }

    [Fact]
    public void Problems_OfArgumentsGivenAfterwardsOrByANewWithoutType_AreFoundToo()
    {
        SyntaxTree tree = CSharpSyntaxTree.ParseText("""
            using Pulumi.AzureNative.Storage;
            class C
            {
                QueueArgs Short(object g) => new() { ResourceGroupName = g };
                void Long(object g) { var q = new QueueArgs { ResourceGroupName = g }; q.AccountName = "a"; q.QueueNames.Add("b"); }
            }
            """);

        IReadOnlyList<string> problems = new InfraSource(Schema, [tree]).Problems;

        Assert.Equal(2, problems.Count);
        Assert.Contains("Storage.QueueArgs needs AccountName", problems[0]);
        Assert.Contains("Storage.QueueArgs has no QueueNames", problems[1]);
    }

    [Fact]
    public void Deployer_MayGiveTheRolesOfTheStack_AndNoOther()
    {
        string roles = File.ReadAllText(Repository.PathOf("infra/BuiltInRole.cs"));
        string condition = Regex.Match(File.ReadAllText(Repository.PathOf("infra/README.md")), @"ROLES=""\{(.*)\}""").Groups[1].Value;

        Assert.Equal(Regex.Matches(roles, "= \"([0-9a-f-]{36})\"").Select(m => m.Groups[1].Value).Order(), condition.Split(", ").Order());
    }

    [Fact]
    public void Guides_NameKeysAndOutputsThatTheStackHas()
    {
        string[] keys = [.. Found("infra/SettingsReader.cs", @"(?:Number|Whole|OneOf|Switch|Emails|Hash|Map|get)\(""(\w+)""")];
        string[] outputs = [.. Found("infra/MlOpsStack.cs", @"\[Output\(""(\w+)""\)\]")];

        Assert.Equal(keys.Order(), Found("infra/README.md", @"^\| `([a-z]\w+)` \|").Order());
        Assert.Empty(Found("docs/azure.md", @"mlops:(\w+)").Except(keys));
        Assert.Equal(["apiUrl", "functionAppName", "keyVaultName", "storageAccountName"], Found("docs/azure.md", @"stack output (\w+)").Order());
        Assert.Empty(Found("docs/azure.md", @"stack output (\w+)").Concat(Found(".github/workflows/deploy.yml", @"steps\.up\.outputs\.(\w+)")).Except(outputs));
    }

    private static IEnumerable<string> Found(string file, string pattern) =>
        Regex.Matches(File.ReadAllText(Repository.PathOf(file)), pattern, RegexOptions.Multiline).Select(m => m.Groups[1].Value).Distinct();
}
