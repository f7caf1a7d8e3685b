using System.IO.Compression;
using System.Text;

namespace ScrollSeg.Sam.Tests.Checkpoints;

/// <summary>Writes PyTorch checkpoints by hand, so that tests can write wrong ones.</summary>
internal static class TorchZip
{
    /// <summary>A file with one pickle and storages.</summary>
    public static string Write(
        string path, byte[] pickle, CompressionLevel level = CompressionLevel.NoCompression, params (string Key, byte[] Bytes)[] storages)
    {
        using ZipArchive zip = ZipFile.Open(path, ZipArchiveMode.Create);
        Add(zip, "archive/data.pkl", pickle, level);
        foreach ((string key, byte[] bytes) in storages)
        {
            Add(zip, $"archive/data/{key}", bytes, level);
        }

        return path;
    }

    /// <summary>The pickle of <c>{"w": tensor}</c> in protocol 2, of a storage of floats with key 0.</summary>
    public static byte[] OneTensor(int first, int[] shape, int[] strides, int count, string storage = "FloatStorage") =>
    [
        0x80, 2, .. "}"u8, .. Text("w"), .. Global("torch._utils", "_rebuild_tensor_v2"), .. "("u8,
        .. "("u8, .. Text("storage"), .. Global("torch", storage), .. Text("0"), .. Text("cpu"), .. Int(count), .. "tQ"u8,
        .. Int(first), .. "("u8, .. shape.SelectMany(Int), .. "t("u8, .. strides.SelectMany(Int), .. "t"u8,
        0x89, .. Global("collections", "OrderedDict"), .. ")RtRs."u8,
    ];

    public static byte[] Global(string module, string name) => Encoding.UTF8.GetBytes($"c{module}\n{name}\n");

    public static byte[] Text(string text) =>
        [(byte)'X', .. BitConverter.GetBytes(Encoding.UTF8.GetByteCount(text)), .. Encoding.UTF8.GetBytes(text)];

    private static byte[] Int(int value) => [(byte)'J', .. BitConverter.GetBytes(value)];

    private static void Add(ZipArchive zip, string name, byte[] bytes, CompressionLevel level)
    {
        using Stream stream = zip.CreateEntry(name, level).Open();
        stream.Write(bytes);
    }
}
