using System.Buffers.Binary;
using System.Text;

namespace ScrollSeg.Volumes.Tests.Codecs;

/// <summary>The bytes of a NumPy <c>.npy</c> file's array, as they lie in the file.</summary>
internal static class NumpyFile
{
    public static (string Header, byte[] Content) Read(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        (int start, int length) = file[6] == 1
            ? (10, BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(8)))
            : (12, BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(8)));
        return (Encoding.ASCII.GetString(file, start, length), file[(start + length)..]);
    }
}
