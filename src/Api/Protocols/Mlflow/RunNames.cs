using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace MlOps.Api.Protocols.Mlflow;

/// <summary>Names for runs that were given none: adjective, noun and a number, the same for the same run id.</summary>
internal static class RunNames
{
    private const int Numbers = 1_000;

    private static readonly string[] Adjectives =
        "able amused ample bold brave bright calm careful clever crisp curious daring eager fair fine fresh gentle glad golden grand handy happy honest jolly keen kind lively lucid merry mild neat nimble patient placid proud quick quiet rapid robust serene sharp silent sleek smooth spry steady sturdy sunny tidy vivid warm wise witty zesty".Split(' ');

    private static readonly string[] Nouns =
        "badger bear beaver bee bison crane crow deer dolphin dove eagle elk falcon finch fox frog gecko goose gull hare hawk heron horse ibex jay koala lark lemur lion lynx magpie marten mole moose newt otter owl panda puffin quail raven robin salmon seal shrew skunk snail sparrow squid stork swan tern toad trout turtle vole walrus wolf wren yak zebra".Split(' ');

    public static string Of(string runId)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(runId), hash);
        uint Part(ReadOnlySpan<byte> of, int at) => BinaryPrimitives.ReadUInt32LittleEndian(of[at..]);
        return $"{Adjectives[Part(hash, 0) % Adjectives.Length]}-{Nouns[Part(hash, 4) % Nouns.Length]}-{Part(hash, 8) % Numbers}";
    }
}
