using System.Runtime.InteropServices;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Slicing;

/// <summary>
/// A volume as its slices along one axis see it: z counts the slices, y their rows, x their columns. Slices along y have the rows z
/// and the columns x, slices along x the rows z and the columns y.
/// </summary>
/// <param name="Normal">The axis along which slices are counted.</param>
public readonly record struct SliceFrame(Axis Normal)
{
    private const int Block = 32; // rows that are turned together: a cache line of each stays near while the columns pass

    /// <summary>The axis's name: z, y or x.</summary>
    public string Name => NameOf(Normal);

    /// <summary>An axis's name: z, y or x.</summary>
    public static string NameOf(Axis axis) => axis switch { Axis.Z => "z", Axis.Y => "y", _ => "x" };

    /// <summary>Three numbers of the volume's axes, in the slices' order.</summary>
    public (T Z, T Y, T X) Turn<T>((T Z, T Y, T X) v) => Normal switch
    {
        Axis.Z => v,
        Axis.Y => (v.Y, v.Z, v.X),
        _ => (v.X, v.Z, v.Y),
    };

    /// <summary>Three numbers in the slices' order, as the volume's axes.</summary>
    public (T Z, T Y, T X) Back<T>((T Z, T Y, T X) v) => Normal switch
    {
        Axis.Z => v,
        Axis.Y => (v.Y, v.Z, v.X),
        _ => (v.Y, v.X, v.Z),
    };

    /// <summary>An extent of the volume, as the slices see it.</summary>
    public Shape3 Turn(Shape3 shape) => Of(Turn((shape.Z, shape.Y, shape.X)));

    /// <summary>An extent that the slices see, in the volume.</summary>
    public Shape3 Back(Shape3 shape) => Of(Back((shape.Z, shape.Y, shape.X)));

    /// <summary>A box of the volume, as the slices see it.</summary>
    public Box3 Turn(Box3 box) => new(Turn(box.Start), Turn(box.Shape));

    /// <summary>A box that the slices see, in the volume.</summary>
    public Box3 Back(Box3 box) => new(Back(box.Start), Back(box.Shape));

    /// <summary>What is known of a volume, as its slices see it.</summary>
    public VolumeInfo Turn(VolumeInfo volume)
    {
        if (Normal == Axis.Z)
        {
            return volume;
        }

        (double Z, double Y, double X)? size = volume.VoxelSize is VoxelSize edges ? Turn((edges.Z, edges.Y, edges.X)) : null;
        return volume with
        {
            Shape = Turn(volume.Shape),
            ChunkShape = Turn(volume.ChunkShape),
            VoxelSize = size is (double z, double y, double x) ? new VoxelSize(z, y, x) : null,
        };
    }

    /// <summary>Copies voxels as the slices see them into their places in a block of the volume.</summary>
    /// <param name="turned">Holds the voxels, as slices.</param>
    /// <param name="start">Where in it they begin.</param>
    /// <param name="block">Receives them, all of it; as in the volume.</param>
    public void CopyBack(VoxelBuffer turned, (int Z, int Y, int X) start, VoxelBuffer block) => Copy(turned, start, block, toTurned: false);

    /// <summary>Copies a block of the volume into its place among voxels as the slices see them.</summary>
    /// <param name="block">The voxels, as in the volume.</param>
    /// <param name="turned">Receives them, as slices.</param>
    /// <param name="start">Where in it they begin.</param>
    public void CopyTurned(VoxelBuffer block, VoxelBuffer turned, (int Z, int Y, int X) start) => Copy(turned, start, block, toTurned: true);

    private void Copy(VoxelBuffer turned, (int Z, int Y, int X) start, VoxelBuffer block, bool toTurned)
    {
        if (Normal != Axis.X)
        {
            CopyRows(turned, start, block, toTurned);
            return;
        }

        switch (block.Type.ByteSize())
        {
            case 1:
                CopyAcross<byte>(turned, start, block, toTurned);
                break;
            case 2:
                CopyAcross<ushort>(turned, start, block, toTurned);
                break;
            case 4:
                CopyAcross<uint>(turned, start, block, toTurned);
                break;
            default:
                CopyAcross<ulong>(turned, start, block, toTurned);
                break;
        }
    }

    /// <summary>Along z and y, a row stays a row.</summary>
    private void CopyRows(VoxelBuffer turned, (int Z, int Y, int X) start, VoxelBuffer block, bool toTurned)
    {
        int size = block.Type.ByteSize();
        for (int z = 0; z < block.Shape.Z; z++)
        {
            for (int y = 0; y < block.Shape.Y; y++)
            {
                (int slice, int row, _) = Turn((z, y, 0));
                Span<byte> there = turned.Row(start.Z + slice, start.Y + row).Slice(start.X * size, block.Shape.X * size);
                Span<byte> here = block.Row(z, y);
                if (toTurned)
                {
                    here.CopyTo(there);
                }
                else
                {
                    there.CopyTo(here);
                }
            }
        }
    }

    /// <summary>Along x, what lay side by side comes to lie a slice apart: square by square.</summary>
    private static void CopyAcross<T>(VoxelBuffer turned, (int Z, int Y, int X) start, VoxelBuffer block, bool toTurned)
        where T : unmanaged
    {
        (int height, int width) = (block.Shape.Y, block.Shape.X);
        for (int z = 0; z < block.Shape.Z; z++)
        {
            Span<T> plane = block.Plane<T>(z);
            for (int top = 0; top < height; top += Block)
            {
                int rows = Math.Min(Block, height - top);
                for (int x = 0; x < width; x++)
                {
                    Span<T> there = MemoryMarshal.Cast<byte, T>(turned.Row(start.Z + x, start.Y + z)).Slice(start.X + top, rows);
                    for (int y = 0, at = (top * width) + x; y < rows; y++, at += width)
                    {
                        if (toTurned)
                        {
                            there[y] = plane[at];
                        }
                        else
                        {
                            plane[at] = there[y];
                        }
                    }
                }
            }
        }
    }

    private static Shape3 Of((int Z, int Y, int X) extents) => new(extents.Z, extents.Y, extents.X);
}
