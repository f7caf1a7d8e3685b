using System.Buffers.Binary;
using ScrollSeg.Volumes.Hdf5.Format;

namespace ScrollSeg.Testing.Mutation;

/// <summary>
/// The checksums in an HDF5 file. Without them put right, what is damaged in a structure that has one is found by its
/// checksum, and the code behind that comparison is never reached.
/// </summary>
/// <param name="sound">The file before it is damaged.</param>
internal sealed class Hdf5Checksums(byte[] sound)
{
    private const int LongestStructure = 4096;

    private static readonly byte[][] Signatures =
    [
        .. new[] { "OHDR", "OCHK", "FRHP", "FHIB", "BTHD", "BTIN", "BTLF", "FAHD", "FADB", "EAHD", "EAIB", "EASB", "EADB", "\u0089HDF" }
            .Select(System.Text.Encoding.Latin1.GetBytes),
    ];

    private readonly (int Offset, int Length)[] _structures = [.. Find(sound)];

    /// <summary>Gives the structures that begin where they did the checksums of their bytes as they are now.</summary>
    public void Repair(byte[] damaged)
    {
        foreach ((int offset, int length) in _structures.Where(place => place.Offset + place.Length + sizeof(uint) <= damaged.Length))
        {
            uint checksum = Lookup3.Of(damaged.AsSpan(offset, length));
            BinaryPrimitives.WriteUInt32LittleEndian(damaged.AsSpan(offset + length), checksum);
        }
    }

    /// <summary>A structure ends where four bytes are the checksum of those before.</summary>
    private static IEnumerable<(int Offset, int Length)> Find(byte[] file)
    {
        for (int offset = 0; offset < file.Length - 8; offset++)
        {
            if (!Array.Exists(Signatures, signature => file.AsSpan(offset).StartsWith(signature)))
            {
                continue;
            }

            int longest = Math.Min(LongestStructure, file.Length - offset - sizeof(uint));
            for (int length = 8; length <= longest; length++)
            {
                if (BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(offset + length)) == Lookup3.Of(file.AsSpan(offset, length)))
                {
                    yield return (offset, length);
                    break;
                }
            }
        }
    }
}
