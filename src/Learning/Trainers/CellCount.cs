namespace MlOps.Learning.Trainers;

/// <summary>Lengths of arrays that hold so many cells for each row.</summary>
internal static class CellCount
{
    /// <param name="cells">What there is of for each row, in the plural.</param>
    /// <exception cref="MlOpsException">TooLarge <c>training-too-large</c>: one array cannot hold that many.</exception>
    public static int Of(int rows, int width, string cells)
    {
        long count = (long)rows * width;
        return count <= Array.MaxLength ? (int)count : throw MlOpsException.TooLarge(
            "training-too-large",
            $"{rows:N0} rows with {width:N0} {cells} are {count:N0} cells, one model can be trained on {Array.MaxLength:N0}: take {Array.MaxLength / width:N0} rows or fewer, or leave {cells} out");
    }
}
