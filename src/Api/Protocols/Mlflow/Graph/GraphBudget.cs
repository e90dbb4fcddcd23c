using System.Runtime.InteropServices;
using System.Text.Json;

namespace MlOps.Api.Protocols.Mlflow.Graph;

/// <summary>The bytes that the fields of one query may take together: its answer is in memory as a whole until it is written.</summary>
internal sealed class GraphBudget
{
    public const int Bytes = 16 << 20;

    /// <summary>What the fields before have left.</summary>
    public int Left { get; private set; } = Bytes;

    /// <exception cref="MlOpsException">TooLarge <c>search-too-large</c>.</exception>
    public void Check(string field)
    {
        if (Left <= 0)
            throw MlOpsException.TooLarge("search-too-large", $"the fields before '{field}' took the {Bytes:N0} bytes of one query: ask for it in another");
    }

    public void Take(JsonDocument answer) => Left -= JsonMarshal.GetRawUtf8Value(answer.RootElement).Length;
}
