using FsCheck;
using FsCheck.Fluent;
using MlOps.Domain.Storage;
using MlOps.Embedded.Storage;

namespace MlOps.Embedded.Tests.Storage;

public sealed class EntityCodecTests
{
    private static readonly Gen<object> Values = Gen.OneOf<object>(
        ArbMap.Default.GeneratorFor<NonNull<string>>().Select(text => (object)string.Concat(text.Get.Where(c => !char.IsSurrogate(c)))),
        ArbMap.Default.GeneratorFor<long>().Select(number => (object)number),
        ArbMap.Default.GeneratorFor<double>().Select(number => (object)number),
        ArbMap.Default.GeneratorFor<bool>().Select(flag => (object)flag),
        ArbMap.Default.GeneratorFor<byte[]>().Select(bytes => (object)bytes),
        Gen.Choose(0, int.MaxValue).Select(ticks => (object)DateTimeOffset.UnixEpoch.AddTicks(ticks)),
        Gen.Choose(100, 70_000).Select(length => (object)new byte[length]),
        Gen.Elements<object>(long.MinValue, long.MaxValue, double.NaN, -0.0, double.NegativeInfinity, "\0", "\U0001F600", ""));

    [Fact]
    public void Decode_OfAnyEncodedProperties_IsTheSame() => Prop.ForAll(Values.ArrayOf().ToArbitrary(), values =>
    {
        var before = new Entity("p", "r");
        for (int i = 0; i < values.Length; i++)
            before[$"P{i}"] = values[i];

        Entity after = Decode(EntityCodec.Encode(before.Properties));

        Assert.Equal(before.Properties.Select(Bits), after.Properties.Select(Bits));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Decode_NaNWithAPayload_KeepsEveryBit()
    {
        double odd = BitConverter.Int64BitsToDouble(0x7FF8_0000_DEAD_BEEF);
        Entity after = Decode(EntityCodec.Encode(new Entity("p", "r") { ["V"] = odd }.Properties));

        Assert.Equal(0x7FF8_0000_DEAD_BEEF, BitConverter.DoubleToInt64Bits(after.Real("V")!.Value));
    }

    [Theory]
    [InlineData(new byte[] { })]
    [InlineData(new byte[] { 2, 0 })]
    [InlineData(new byte[] { 1, 1, 1, 65, 99 })]
    [InlineData(new byte[] { 1 })]
    [InlineData(new byte[] { 1, 1, 1, 65, 2, 0 })]
    [InlineData(new byte[] { 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff })]
    public void Decode_UnknownOrDamaged_IsCorrupt(byte[] body)
    {
        MlOpsException corrupt = Assert.Throws<MlOpsException>(() => Decode(body));

        Assert.Equal((ErrorKind.Unavailable, "entity-corrupt"), (corrupt.Kind, corrupt.Code));
        Assert.Contains("p/r", corrupt.Message);
    }

    private static Entity Decode(byte[] body)
    {
        var entity = new Entity("p", "r");
        EntityCodec.DecodeInto(entity, body);
        return entity;
    }

    private static string Bits(KeyValuePair<string, object> property) => property.Key + ":" + property.Value switch
    {
        double number => $"real {BitConverter.DoubleToInt64Bits(number)}",
        byte[] bytes => $"binary {Convert.ToHexString(bytes)}",
        DateTimeOffset time => $"time {time.UtcTicks}",
        object value => $"{value.GetType().Name} {value}",
    };
}
