namespace MlOps.Domain.Serving;

/// <summary>
/// Values of one input as a protocol delivered them: null, <see cref="bool"/>, <see cref="double"/> (or any other number type),
/// <see cref="string"/>, <see cref="DateTimeOffset"/>, or a <see cref="System.Text.Json.JsonElement"/> of those.
/// </summary>
/// <param name="Name">As the caller wrote it.</param>
/// <param name="Values">One a row.</param>
public sealed record RequestColumn(string Name, IReadOnlyList<object?> Values);
