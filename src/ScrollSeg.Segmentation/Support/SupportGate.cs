namespace ScrollSeg.Segmentation.Support;

/// <summary>
/// Says which voxels of a slice hold a measurement. Where there is none the output is background, whatever a network
/// makes of it. Stateless and thread-safe.
/// </summary>
public abstract class SupportGate
{
    /// <summary>Side of the square that must be empty as a whole to count as "no data", in voxels: smaller holes are
    /// part of the object.</summary>
    public const int EmptySquare = 16;

    /// <summary>Every voxel is support.</summary>
    public static SupportGate None { get; } = new OpenGate();

    /// <summary>How it was asked for, for example <c>auto</c> or <c>equals:0</c>.</summary>
    public abstract string Rule { get; }

    /// <summary>Voxels around a box, within the slice, that decide about those in it.</summary>
    public abstract int Reach { get; }

    /// <summary>Marks the voxels that are not support.</summary>
    /// <param name="plane">A part of a slice with what the reach asks for around it.</param>
    /// <param name="excluded">Receives true for each voxel without support, <c>[Height, Width]</c> of the plane. Only those
    /// at least <see cref="Reach"/> away from a border that is not the volume's are right.</param>
    /// <returns>Whether any voxel was marked.</returns>
    public abstract bool Exclude(in SlicePlane plane, Span<bool> excluded);

    private sealed class OpenGate : SupportGate
    {
        public override string Rule => "none";

        public override int Reach => 0;

        public override bool Exclude(in SlicePlane plane, Span<bool> excluded)
        {
            excluded.Clear();
            return false;
        }
    }
}
