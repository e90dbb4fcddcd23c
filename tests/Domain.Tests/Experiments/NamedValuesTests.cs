using FsCheck;
using FsCheck.Fluent;
using MlOps.Domain.Experiments;

namespace MlOps.Domain.Tests.Experiments;

public sealed class NamedValuesTests
{
    [Fact]
    public void List_AfterAnyChanges_IsInOrdinalOrder() => Prop.ForAll(
        Gen.Elements("b", "B", "a", "ä", "a1", "a10", "a2", "").ListOf().ListOf().ToArbitrary(),
        rounds =>
        {
            var values = new NamedValues<int>();
            foreach (IEnumerable<string> names in rounds)
            {
                var expected = new SortedDictionary<string, int>(StringComparer.Ordinal);
                values.Clear();
                foreach (string name in names)
                {
                    Assert.Equal(expected.ContainsKey(name), KnownAfterAdd(values, name));
                    expected[name] = expected.GetValueOrDefault(name) + 1;
                    Assert.Equal(expected, values);
                }
            }
        }).QuickCheckThrowOnFailure();

    private static bool KnownAfterAdd(NamedValues<int> values, string name)
    {
        ref int value = ref values.At(name, out bool isKnown);
        value++;
        return isKnown;
    }
}
