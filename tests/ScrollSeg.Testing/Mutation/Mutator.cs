using System.Buffers.Binary;

namespace ScrollSeg.Testing.Mutation;

/// <summary>Damages bytes: flips, cuts, splices; numbers that trip arithmetic; more often in the beginning, where headers
/// are.</summary>
public static class Mutator
{
    private const int HeaderBytes = 1024;
    private const int MostSteps = 4;

    private static readonly ulong[] Awkward =
    [
        0, 1, 2, 3, 7, 8, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000000,
        0x7fffffffffffffff, 0x8000000000000000, 0xffffffffffffffff, 0xfffffffffffffff0,
    ];

    /// <summary>A damaged copy.</summary>
    /// <param name="bytes">What is to be damaged.</param>
    /// <param name="other">Another good file, for splices.</param>
    /// <param name="random">Decides everything.</param>
    public static byte[] Mutate(byte[] bytes, byte[] other, Random random)
    {
        byte[] mutant = bytes;
        int steps = random.Next(1, MostSteps + 1);
        for (int i = 0; i < steps; i++)
        {
            mutant = Step(mutant, other, random);
        }

        return mutant;
    }

    private static byte[] Step(byte[] bytes, byte[] other, Random random)
    {
        if (bytes.Length == 0)
        {
            return other;
        }

        int at = PlaceIn(bytes.Length, random);
        switch (random.Next(10))
        {
            case 0:
                return bytes[..at];
            case 1:
                return [.. bytes[..at], .. bytes[random.Next(at, bytes.Length + 1)..]];
            case 2:
                return [.. bytes[..at], .. bytes[at..Math.Min(bytes.Length, at + random.Next(1, 64))], .. bytes[at..]];
            case 3:
                return [.. bytes[..at], .. other[Math.Min(other.Length, at)..]];
            case 4:
                return Overwrite(bytes, at, other.AsSpan(PlaceIn(other.Length, random)), random);
            case 5 or 6:
                return OverwriteNumber(bytes, at, random);
            default:
                byte[] flipped = [.. bytes];
                for (int i = random.Next(1, 9); i > 0; i--)
                {
                    flipped[PlaceIn(bytes.Length, random)] ^= (byte)(1 << random.Next(8));
                }

                return flipped;
        }
    }

    private static int PlaceIn(int length, Random random) =>
        length == 0 ? 0 : random.Next(random.Next(2) == 0 ? Math.Min(length, HeaderBytes) : length);

    private static byte[] Overwrite(byte[] bytes, int at, ReadOnlySpan<byte> from, Random random)
    {
        byte[] mutant = [.. bytes];
        int count = Math.Min(Math.Min(bytes.Length - at, from.Length), random.Next(1, 64));
        from[..count].CopyTo(mutant.AsSpan(at));
        return mutant;
    }

    private static byte[] OverwriteNumber(byte[] bytes, int at, Random random)
    {
        byte[] mutant = [.. bytes];
        Span<byte> number = stackalloc byte[8];
        ulong value = Awkward[random.Next(Awkward.Length)];
        int size = 1 << random.Next(4);
        if (random.Next(2) == 0)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(number, value);
            number = number[..size];
        }
        else
        {
            BinaryPrimitives.WriteUInt64BigEndian(number, value);
            number = number[^size..];
        }

        number[..Math.Min(size, bytes.Length - at)].CopyTo(mutant.AsSpan(at));
        return mutant;
    }
}
