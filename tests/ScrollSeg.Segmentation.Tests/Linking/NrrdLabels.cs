using System.Globalization;
using System.IO.Compression;
using System.Text;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Tests.Linking;

/// <summary>Reads a NRRD file of labels (https://teem.sourceforge.net/nrrd/format.html): three axes, x fastest, gzip, 8 or 16
/// bits.</summary>
internal static class NrrdLabels
{
    public static (Shape3 Shape, ushort[] Labels) Read(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        int end = file.AsSpan().IndexOf("\n\n"u8);
        Dictionary<string, string> fields = Encoding.Latin1.GetString(file, 0, end).Split('\n')
            .Select(line => line.Split(": ", 2)).Where(pair => pair.Length == 2).ToDictionary(pair => pair[0], pair => pair[1].Trim());
        int[] sizes = [.. fields["sizes"].Split(' ').Select(size => int.Parse(size, CultureInfo.InvariantCulture))];
        Assert.Equal("gzip", fields["encoding"]);
        Shape3 shape = new(sizes[2], sizes[1], sizes[0]);

        using GZipStream stream = new(new MemoryStream(file, end + 2, file.Length - end - 2), CompressionMode.Decompress);
        using MemoryStream raw = new();
        stream.CopyTo(raw);
        byte[] bytes = raw.ToArray();
        int width = fields["type"] == "short" ? 2 : 1;
        Assert.Equal(shape.VoxelCount * width, bytes.Length);
        return (shape, [.. Enumerable.Range(0, (int)shape.VoxelCount)
            .Select(i => width == 1 ? bytes[i] : BitConverter.ToUInt16(bytes, 2 * i))]);
    }
}
