using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Metrics;

/// <summary>Counts how two label volumes overlap, streamed.</summary>
public static class VolumeOverlap
{
    /// <summary>Compares a mask with the truth, slab by slab.</summary>
    /// <param name="prediction">One byte per voxel; non-zero is foreground.</param>
    /// <param name="truth">The same shape and type.</param>
    /// <param name="cancellationToken">Stops between slabs.</param>
    /// <exception cref="InvalidRequestException">Shapes or types differ.</exception>
    public static async Task<OverlapCounts> CompareAsync(
        VolumeReader prediction, VolumeReader truth, CancellationToken cancellationToken = default)
    {
        if (prediction.Info.Shape != truth.Info.Shape)
        {
            throw new InvalidRequestException(
                $"{prediction.Info.Path} is {prediction.Info.Shape} voxels, {truth.Info.Path} {truth.Info.Shape}: they cannot be compared.");
        }

        foreach (VolumeReader labels in new[] { prediction, truth })
        {
            if (labels.Info.Type is not (VoxelType.UInt8 or VoxelType.Bool))
            {
                throw new InvalidRequestException($"{labels.Info.Path} holds {labels.Info.Type.NumpyName()}; masks are compared as uint8.");
            }
        }

        OverlapCounts counts = new();
        Shape3 shape = prediction.Info.Shape;
        int height = Math.Max(prediction.Info.ChunkShape.Z, truth.Info.ChunkShape.Z);
        for (int z = 0; z < shape.Z; z += height)
        {
            Box3 slab = prediction.Info.Bounds.With(Axis.Z, z, Math.Min(height, shape.Z - z));
            using VoxelBuffer predicted = VoxelBuffer.Rent(slab.Shape, prediction.Info.Type);
            using VoxelBuffer expected = VoxelBuffer.Rent(slab.Shape, truth.Info.Type);
            await prediction.ReadAsync(slab, predicted, cancellationToken);
            await truth.ReadAsync(slab, expected, cancellationToken);
            for (int slice = 0; slice < slab.Shape.Z; slice++)
            {
                counts.Add(predicted.Plane(slice), expected.Plane(slice));
            }
        }

        return counts;
    }
}
