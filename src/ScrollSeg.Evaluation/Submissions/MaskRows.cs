using ScrollSeg.Segmentation;
using ScrollSeg.Volumes;

namespace ScrollSeg.Evaluation.Submissions;

/// <summary>Goes through a mask slice by slice, checked: only 0, 1 and 255 are a mask.</summary>
internal static class MaskRows
{
    /// <summary>Reads a slice as 0 and 1.</summary>
    /// <exception cref="InvalidRequestException">The volume is no mask.</exception>
    public static async Task<byte[]> ReadSliceAsync(VolumeReader mask, int z, CancellationToken cancellationToken)
    {
        if (mask.Info.Type is not (VoxelType.UInt8 or VoxelType.Bool))
        {
            throw new InvalidRequestException($"{mask.Info.Path} holds {mask.Info.Type.NumpyName()}; a submission is made of a mask of uint8, such as OUT.zarr/labels/mask.");
        }

        Box3 box = mask.Info.Bounds.With(Axis.Z, z, 1);
        using VoxelBuffer voxels = VoxelBuffer.Rent(box.Shape, mask.Info.Type);
        await mask.ReadAsync(box, voxels, cancellationToken);
        byte[] slice = voxels.Bytes.ToArray();
        int wrong = slice.AsSpan().IndexOfAnyExcept((byte)0, (byte)1, (byte)255);
        if (wrong >= 0)
        {
            throw new InvalidRequestException(
                $"{mask.Info.Path} is {slice[wrong]} at z {z}, y {wrong / box.Shape.X}, x {wrong % box.Shape.X}; a mask has 0, 1 or 255. Give the mask, not the probability (OUT.zarr/labels/mask).");
        }

        foreach (ref byte value in slice.AsSpan())
        {
            value = Math.Min(value, (byte)1);
        }

        return slice;
    }
}
