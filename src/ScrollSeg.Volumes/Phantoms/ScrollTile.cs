using System.Runtime.InteropServices;

namespace ScrollSeg.Volumes.Phantoms;

/// <summary>Makes boxes of a scroll phantom, one after the other, with scratch memory of its own.</summary>
internal sealed class ScrollTile
{
    private const int Spacing = 8;

    private readonly ScrollPhantom _phantom;
    private readonly ScrollGeometry _geometry;
    private readonly SheetMaterial _material;
    private readonly CoarseLattice _dent;
    private readonly CoarseLattice _steepness;
    private readonly CoarseLattice _contrast;
    private readonly CoarseLattice _drift;
    private readonly CoarseLattice _grain;
    private readonly CoarseLattice _coarseGrain;
    private readonly ReconstructionNoise _noise;
    private readonly RingArtefacts _rings;
    private float[] _scratch = [];

    public ScrollTile(ScrollPhantom phantom)
    {
        ulong seed = CoordinateHash.Derive((ulong)phantom.Seed, 0);
        _phantom = phantom;
        _geometry = new ScrollGeometry(phantom);
        _material = new SheetMaterial(phantom, _geometry);
        _dent = new CoarseLattice(Spacing, _geometry.DentAt);
        _steepness = new CoarseLattice(Spacing, _geometry.SteepnessAt);
        _contrast = Smooth(Spacing, CoordinateHash.Derive(seed, 1), 44);
        _drift = Smooth(Spacing, CoordinateHash.Derive(seed, 2), 90);
        _grain = Smooth(2, CoordinateHash.Derive(seed, 3), 2);
        _coarseGrain = Smooth(3, CoordinateHash.Derive(seed, 6), 5);
        _noise = new ReconstructionNoise(CoordinateHash.Derive(seed, 4));
        _rings = new RingArtefacts(CoordinateHash.Derive(seed, 5), phantom.Shape);
    }

    /// <summary>Makes one box.</summary>
    /// <param name="part">The box within the buffers.</param>
    /// <param name="origin">Where the buffers begin in the volume.</param>
    /// <param name="volume">Receives grey values.</param>
    /// <param name="labels">Receives the sheet, if wanted.</param>
    public void Fill(Box3 part, (int Z, int Y, int X) origin, VoxelBuffer volume, VoxelBuffer? labels)
    {
        Box3 box = part.RelativeTo((-origin.Z, -origin.Y, -origin.X));
        foreach (CoarseLattice lattice in (ReadOnlySpan<CoarseLattice>)[_dent, _steepness, _contrast, _drift, _grain, _coarseGrain])
        {
            lattice.Load(box);
        }

        _noise.Load(box);
        for (int z = box.Start.Z; z < box.End.Z; z++)
        {
            EllipseFrame frame = _geometry.FrameAt(z);
            _noise.BeginSlice(z);
            _rings.BeginSlice(z, box);
            for (int y = box.Start.Y; y < box.End.Y; y++)
            {
                Span<ushort> grey = MemoryMarshal.Cast<byte, ushort>(volume.Row(z - origin.Z, y - origin.Y))
                    .Slice(part.Start.X, part.Shape.X);
                Span<byte> label = labels is null
                    ? []
                    : labels.Row(z - origin.Z, y - origin.Y).Slice(part.Start.X, part.Shape.X);
                Row(z, y, box.Start.X, frame, grey, label);
            }
        }
    }

    private static CoarseLattice Smooth(int spacing, ulong seed, double length) =>
        new(spacing, (z, y, x) => ValueNoise.Space(seed, z / length, y / length, x / length));

    private void Row(int z, int y, int startX, EllipseFrame frame, Span<ushort> grey, Span<byte> label)
    {
        int n = grey.Length;
        _scratch = _scratch.Length < 7 * n ? new float[7 * n] : _scratch;
        Span<float> dent = _scratch.AsSpan(0, n);
        Span<float> steepness = _scratch.AsSpan(n, n);
        Span<float> contrast = _scratch.AsSpan(2 * n, n);
        Span<float> drift = _scratch.AsSpan(3 * n, n);
        Span<float> grain = _scratch.AsSpan(4 * n, n);
        Span<float> coarse = _scratch.AsSpan(5 * n, n);
        Span<float> noise = _scratch.AsSpan(6 * n, n);
        _dent.Row(z, y, startX, dent);
        _steepness.Row(z, y, startX, steepness);
        _contrast.Row(z, y, startX, contrast);
        _drift.Row(z, y, startX, drift);
        _grain.Row(z, y, startX, grain);
        _coarseGrain.Row(z, y, startX, coarse);
        _noise.Row(z, y, (float)_phantom.CorrelatedNoise, (float)_phantom.WhiteNoise, noise);
        _rings.AddTo(y, startX, (float)_phantom.Rings, noise);

        float support = _geometry.SupportRadius;
        float shading = (float)_phantom.Shading;
        for (int i = 0; i < n; i++)
        {
            (double v, double w) = frame.Map(y, startX + i);
            float circle = (float)Math.Sqrt((v * v) + (w * w));
            float radius = circle + dent[i];
            float edge = support + (1.5f * coarse[i]) - radius;
            if (edge <= 0)
            {
                grey[i] = 0;
                if (!label.IsEmpty)
                {
                    label[i] = 0;
                }

                continue;
            }

            VoxelPlace place = new(z, y, startX + i, radius, circle, EllipseFrame.TurnOf((float)v, (float)w), steepness[i]);
            float value = _material.At(place, contrast[i], grain[i], coarse[i], edge, out bool inSheet);
            float middle = 1f - (radius / support);
            float shade = 1f + (shading * ((1.2f * drift[i]) - middle));
            grey[i] = (ushort)Math.Clamp(65535f * ((value * shade) + noise[i]), 1f, 65535f);
            if (!label.IsEmpty)
            {
                label[i] = inSheet ? (byte)1 : (byte)0;
            }
        }
    }
}
