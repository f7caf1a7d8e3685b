using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography;
using System.Text;
using ScrollSeg.Sam.Imaging;
using ScrollSeg.Segmentation;
using static TorchSharp.torch;

namespace ScrollSeg.Sam.Embeddings;

/// <summary>Names embeddings by everything that decides their bits: the pixels that the network sees, the weights and their
/// number format, the kind of processor, its threads, and the place in the batch.</summary>
internal static class EmbeddingKeys
{
    /// <summary>Changed whenever the encoder's arithmetic changes.</summary>
    private const int Version = 1;

    /// <summary>The key of an image that has been fitted to the view.</summary>
    public static string Of(string maker, RgbImage view, int position, int batch)
    {
        string what = string.Create(CultureInfo.InvariantCulture, $"rgb {view.Height} {view.Width}");
        using IncrementalHash hash = Begin(Line(maker, position, batch, what));
        hash.AppendData(view.Samples);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>The key of a tile of raw voxels; they are as good as what the network sees, which follows from them.</summary>
    public static string Of(string maker, TileBatch tiles, int position)
    {
        string what = string.Create(
            CultureInfo.InvariantCulture,
            $"grey {tiles.Voxels.Type} {tiles.Channels} {tiles.Side} {tiles.Range.Low:R} {tiles.Range.High:R}");
        using IncrementalHash hash = Begin(Line(maker, position, tiles.Count, what));
        for (int z = position * tiles.Channels; z < (position + 1) * tiles.Channels; z++)
        {
            if (tiles.Ranges is not null)
            {
                IntensityRange own = tiles.RangeOf(z);
                hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{own.Low:R} {own.High:R}\n")));
            }

            hash.AppendData(tiles.Voxels.Plane(z));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>What computes: the same image may differ in the last bits on another kind.</summary>
    public static string Processor(Device device) => device.type == TorchSharp.DeviceType.CUDA
        ? $"cuda {TorchPrecision.CapabilityOf(device)}"
        : string.Create(
            CultureInfo.InvariantCulture,
            $"{RuntimeInformation.ProcessArchitecture} {(X86Base.IsSupported ? X86Base.CpuId(1, 0).Eax : 0):x} {get_num_threads()} threads");

    private static string Line(string maker, int position, int batch, string what) =>
        string.Create(CultureInfo.InvariantCulture, $"embedding {Version}\n{maker}\n{position} of {batch}\n{what}\n");

    private static IncrementalHash Begin(string line)
    {
        IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(line));
        return hash;
    }
}
