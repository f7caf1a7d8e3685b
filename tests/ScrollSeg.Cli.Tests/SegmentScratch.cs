using ScrollSeg.Cli;
using ScrollSeg.Testing;
using ScrollSeg.Volumes;
using ScrollSeg.Volumes.Storage;
using ScrollSeg.Volumes.Zarr;

namespace ScrollSeg.Tests;

/// <summary>A folder with a small scan, and <c>segment</c> run on it: from words on the command line to voxels in the output.</summary>
internal sealed class SegmentScratch : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>The tiny SAM of the goldens.</summary>
    public static string Checkpoint { get; } = Path.Combine(AppContext.BaseDirectory, "Goldens", "sam_tiny.pth");

    /// <summary>The scan.</summary>
    public string Scan => _folder["scan.zarr"];

    /// <summary>What <c>segment</c> writes.</summary>
    public string Output => _folder["masks.zarr"];

    /// <summary>The folder of the run.</summary>
    public string Run => _folder["masks.run"];

    /// <summary>Any other path in the folder.</summary>
    public string this[string name] => _folder[name];

    public void Dispose() => _folder.Dispose();

    /// <summary>Writes the scan: 20 x 40 x 50 voxels of 16 bits.</summary>
    public void WriteScan(Func<int, int, int, ushort> grey)
    {
        Shape3 shape = new(20, 40, 50);
        ZarrArraySpec spec = new(shape, new Shape3(4, 16, 16), VoxelType.UInt16);
        ZarrArrayWriter writer = ZarrArrayWriter.Create(Scan, spec, new AtomicFile(FileOperations.System, Durability.None));
        foreach ((int Z, int Y, int X) index in spec.Chunks.Touching(new Box3((0, 0, 0), shape)))
        {
            Box3 box = spec.Chunks.BoxOf(index);
            using VoxelBuffer chunk = VoxelBuffer.Rent(box.Shape, VoxelType.UInt16);
            for (int z = 0; z < box.Shape.Z; z++)
            {
                Span<ushort> plane = chunk.Plane<ushort>(z);
                for (int i = 0; i < plane.Length; i++)
                {
                    plane[i] = grey(box.Start.Z + z, box.Start.Y + (i / box.Shape.X), box.Start.X + (i % box.Shape.X));
                }
            }

            writer.WriteChunk(index, chunk);
        }
    }

    /// <summary>The probabilities of the output, row-major.</summary>
    public async Task<byte[]> ReadAsync()
    {
        await using ZarrVolume volume = await ZarrVolume.OpenAsync(Path.Combine(Output, "0"), new ReaderOptions(), TestContext.Current.CancellationToken);
        using VoxelBuffer voxels = VoxelBuffer.Rent(volume.Info.Shape, VoxelType.UInt8);
        await volume.ReadAsync(volume.Info.Bounds, voxels, TestContext.Current.CancellationToken);
        return voxels.Bytes.ToArray();
    }

    /// <summary>Runs <c>segment</c> on the scan.</summary>
    public async Task<(int Code, string Output, string Error)> RunAsync(string model, string options)
    {
        using StringWriter output = new();
        using StringWriter error = new();
        int code = await CommandLine.RunAsync(
            ["segment", Scan, "-o", Output, "--model", model, "--support", "none", "--json", .. options.Split(' ')], output, error);
        return (code, output.ToString(), error.ToString());
    }
}
