namespace MlOps.Learning.Trainers.Forest;

/// <summary>Draws the rows of a tree.</summary>
internal static class RowDraw
{
    /// <summary>How often each row was drawn.</summary>
    public static byte[] Of(ForestOptions options, int rows, SeededRandom random)
    {
        var drawn = new byte[rows];
        int count = Math.Clamp((int)Math.Round(options.Subsample * rows), 1, rows);
        if (options.Bootstrap)
            Bootstrap(drawn, count, random);
        else if (count == rows)
            Array.Fill(drawn, (byte)1);
        else
            foreach (int row in random.Sample(rows, count))
                drawn[row] = 1;
        return drawn;
    }

    /// <summary>A row is drawn more than 255 times in no sample that anyone will see; it would count 255.</summary>
    private static void Bootstrap(byte[] drawn, int count, SeededRandom random)
    {
        for (int i = 0; i < count; i++)
        {
            ref byte times = ref drawn[random.Next(drawn.Length)];
            if (times < byte.MaxValue)
                times++;
        }
    }
}
