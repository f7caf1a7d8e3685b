using System.Numerics.Tensors;
using ScrollSeg.Segmentation;
using ScrollSeg.Segmentation.Stitching;
using ScrollSeg.Volumes;

namespace ScrollSeg.Sam.Training;

/// <summary>A whole slice through a segmenter, tile by tile and stitched as <c>segment</c> stitches, for a score.</summary>
public static class PictureProbability
{
    private const double Overlap = 0.5;

    /// <summary>Segments a slice.</summary>
    /// <param name="segmenter">Without prompts.</param>
    /// <param name="volume">Whose slice; at least a tile large.</param>
    /// <param name="z">Which slice.</param>
    /// <param name="range">What is black and what is white.</param>
    /// <param name="tile">Voxels along a tile's side.</param>
    /// <param name="cancellationToken">Stops between reads.</param>
    /// <returns>Probabilities of 0 to 255, row-major.</returns>
    public static async Task<byte[]> OfAsync(
        ISliceSegmenter segmenter, VolumeReader volume, int z, IntensityRange range, int tile, CancellationToken cancellationToken = default)
    {
        Shape3 shape = volume.Info.Shape;
        if (shape.Y < tile || shape.X < tile)
        {
            throw new VolumeFormatException(volume.Info.Path, $"a slice of {shape.Y} x {shape.X} voxels is smaller than a tile of {tile}.");
        }

        using VoxelBuffer slice = VoxelBuffer.Rent(new Shape3(1, shape.Y, shape.X), volume.Info.Type);
        await volume.ReadAsync(volume.Info.Bounds.With(Axis.Z, z, 1), slice, cancellationToken);
        return Segment(segmenter, slice, range, tile);
    }

    private static byte[] Segment(ISliceSegmenter segmenter, VoxelBuffer slice, IntensityRange range, int tile)
    {
        (int height, int width, int size) = (slice.Shape.Y, slice.Shape.X, slice.Type.ByteSize());
        TileGrid rows = new(height, tile, Overlap);
        TileGrid columns = new(width, tile, Overlap);
        SliceStitcher stitcher = new(rows, columns, TileWindow.Gaussian(tile), (0, height), (0, width));
        byte[] result = new byte[height * width];
        float[] scores = new float[tile * tile];
        using VoxelBuffer voxels = VoxelBuffer.Rent(new Shape3(1, tile, tile), slice.Type);
        for (int row = 0; row < rows.Count; row++)
        {
            for (int column = 0; column < columns.Count; column++)
            {
                for (int y = 0; y < tile; y++)
                {
                    slice.Row(0, rows.StartOf(row) + y).Slice(columns.StartOf(column) * size, tile * size).CopyTo(voxels.Row(0, y));
                }

                segmenter.Segment(new TileBatch(voxels, 1, range), scores);
                if (segmenter.Scores == ScoreKind.Logit)
                {
                    TensorPrimitives.Sigmoid(scores, scores);
                }

                stitcher.Add(row, column, scores, Emit);
            }
        }

        stitcher.Finish(Emit);
        return result;

        void Emit(int y, ReadOnlySpan<double> values)
        {
            for (int x = 0; x < width; x++)
            {
                result[(y * width) + x] = Probability.ToByte(values[x]);
            }
        }
    }
}
