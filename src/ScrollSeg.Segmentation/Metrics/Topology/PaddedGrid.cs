using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Metrics.Topology;

/// <summary>A box of voxels with a border of one around it, so that every neighbour of a voxel has an index.</summary>
/// <remarks>Voxels are the corners of the cells: an edge, a face or a cube belongs to a mask if all its corners do. A cell is
/// known by its corner of lowest index and a type: an edge of type t runs along axis t, a face of type t is square to it
/// (0 z, 1 y, 2 x).</remarks>
internal sealed class PaddedGrid
{
    public PaddedGrid(Shape3 shape)
    {
        Shape = shape;
        int row = shape.X + 2;
        int plane = checked((shape.Y + 2) * row);
        Length = checked((shape.Z + 2) * plane);
        Strides = [plane, row, 1];
        FirstAcross = [row, plane, plane];
        SecondAcross = [1, 1, row];
        byte[] all = new byte[checked((int)shape.VoxelCount)];
        Array.Fill(all, (byte)1);
        Inside = Pad(all);
    }

    /// <summary>Extent without the border.</summary>
    public Shape3 Shape { get; }

    /// <summary>Voxels with the border.</summary>
    public int Length { get; }

    /// <summary>1 for the voxels that are not border.</summary>
    public byte[] Inside { get; }

    /// <summary>From a voxel to the next along each axis.</summary>
    public int[] Strides { get; }

    /// <summary>The larger of the two strides across each axis: those in a face of that type.</summary>
    public int[] FirstAcross { get; }

    /// <summary>The smaller of the two.</summary>
    public int[] SecondAcross { get; }

    /// <summary>Index of the first voxel of a row.</summary>
    public int RowOf(int z, int y) => ((z + 1) * Strides[0]) + ((y + 1) * Strides[1]) + 1;

    /// <summary>Puts the border around a mask of 0 and 1.</summary>
    public byte[] Pad(ReadOnlySpan<byte> mask)
    {
        byte[] padded = new byte[Length];
        for (int z = 0; z < Shape.Z; z++)
        {
            for (int y = 0; y < Shape.Y; y++)
            {
                mask.Slice(((z * Shape.Y) + y) * Shape.X, Shape.X).CopyTo(padded.AsSpan(RowOf(z, y)));
            }
        }

        return padded;
    }

    /// <summary>Whether a mask has all corners of an edge.</summary>
    public bool HasEdge(byte[] mask, int corner, int type) => (mask[corner] & mask[corner + Strides[type]]) != 0;

    /// <summary>Whether a mask has all corners of a face.</summary>
    public bool HasFace(byte[] mask, int corner, int type)
    {
        int first = FirstAcross[type];
        int second = SecondAcross[type];
        return (mask[corner] & mask[corner + first] & mask[corner + second] & mask[corner + first + second]) != 0;
    }

    /// <summary>Whether a mask has all corners of a cube.</summary>
    public bool HasCube(byte[] mask, int corner) =>
        HasFace(mask, corner, type: 0) && HasFace(mask, corner + Strides[0], type: 0);
}
