using ScrollSeg.Evaluation.Experiments;
using ScrollSeg.Segmentation.Runs;
using ScrollSeg.Volumes;

namespace ScrollSeg.Evaluation.Probes;

/// <summary>Whether a model could have found something: a signal is planted in the volume, fainter and fainter, and segmented.</summary>
/// <remarks>At each contrast the probability in the discs is set against the probability at the same voxels without a signal. What is found
/// differs; what is not leaves the mask as it was. The planted discs are brighter or darker, and nothing else: a model that looks for texture
/// may be blind to them and not to what it was made for.</remarks>
/// <param name="host">The program around it.</param>
/// <param name="progress">Is told how far it has come.</param>
public sealed class BlindnessProbe(IExperimentHost host, IRunProgress progress)
{
    /// <summary>The separation from which on a signal counts as found: a voxel of it lies above the same voxel without it three times out of four.</summary>
    public const double Found = 0.75;

    /// <summary>Runs it.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="options">Words behind <c>segment VOLUME</c>, without an output.</param>
    /// <param name="contrasts">Shares of the grey values from black to white; below 0 to darken.</param>
    /// <param name="folder">Receives the outputs; the same call again goes on.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The separation at each contrast.</returns>
    public async Task<IReadOnlyList<(double Contrast, double? Separation)>> RunAsync(
        VolumeReader volume, IReadOnlyList<string> options, IReadOnlyList<double> contrasts, string folder, CancellationToken cancellationToken)
    {
        SegmentReport without = await SegmentAsync(volume, volume.Info.Path, options, Path.Combine(folder, "without.zarr"), cancellationToken);
        double white = without.Intensity.High - without.Intensity.Low;
        List<(double, double?)> results = [];
        foreach (double contrast in contrasts)
        {
            progress.Note(FormattableString.Invariant($"a signal of {contrast:0.###} of the grey values from black to white"));
            await using PlantedVolume planted = new(volume, contrast * white);
            string[] window = [.. options, FormattableString.Invariant($"--intensity=window:{without.Intensity.Low},{without.Intensity.High}")];
            string output = Path.Combine(folder, FormattableString.Invariant($"with-{contrast:0.####}.zarr"));
            SegmentReport with = await SegmentAsync(planted, volume.Info.Path, window, output, cancellationToken);
            results.Add((contrast, await SeparateAsync(with.Output, without.Output, options, volume.Info, cancellationToken)));
        }

        return results;
    }

    private async Task<SegmentReport> SegmentAsync(
        VolumeReader volume, string path, IReadOnlyList<string> options, string output, CancellationToken cancellationToken)
    {
        SegmentRequest request = host.RequestOf([path, "--output", output, .. options], volume.Info) with { LimitsHeap = false };
        return await new SegmentRun(request, volume, host.Models, progress).RunAsync(cancellationToken);
    }

    private async Task<double?> SeparateAsync(
        string with, string without, IReadOnlyList<string> options, VolumeInfo volume, CancellationToken cancellationToken)
    {
        await using VolumeReader one = await host.OpenAsync(with, cancellationToken);
        await using VolumeReader other = await host.OpenAsync(without, cancellationToken);
        Box3 region = host.RequestOf([volume.Path, "--output", with, .. options], volume).Options.Region ?? volume.Bounds;
        long[] above = new long[256];
        long[] below = new long[256];
        for (int z = 0; z < one.Info.Shape.Z; z++)
        {
            Box3 slice = one.Info.Bounds.With(Axis.Z, z, 1);
            using VoxelBuffer planted = VoxelBuffer.Rent(slice.Shape, one.Info.Type);
            using VoxelBuffer plain = VoxelBuffer.Rent(slice.Shape, other.Info.Type);
            await one.ReadAsync(slice, planted, cancellationToken);
            await other.ReadAsync(slice, plain, cancellationToken);
            for (int y = 0; y < slice.Shape.Y; y++)
            {
                for (int x = 0; x < slice.Shape.X; x++)
                {
                    if (PlantedVolume.IsInside(region.Start.Y + y, region.Start.X + x))
                    {
                        above[planted.Row(0, y)[x]]++;
                        below[plain.Row(0, y)[x]]++;
                    }
                }
            }
        }

        return Separation.Of(above, below);
    }
}
