using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Linking;

/// <summary>
/// What a unit tells the merge: the facts of its objects, and which of them lie in each of its six faces, numbered from 1. Kept as a
/// <see cref="PackedFile"/> of seven arrays.
/// </summary>
internal static class UnitFaces
{
    /// <summary>Arrays in the file: the facts, and the low and the high face of z, y and x.</summary>
    public const int ArrayCount = 7;

    /// <summary>The array that holds a face.</summary>
    public static int ArrayOf(Axis axis, bool isHigh) => 1 + (2 * (int)axis) + (isHigh ? 1 : 0);

    /// <summary>Rows and columns of a face: the two axes that remain, in their order.</summary>
    public static (int Rows, int Columns) ShapeOf(Shape3 unit, Axis axis) => axis switch
    {
        Axis.Z => (unit.Y, unit.X),
        Axis.Y => (unit.Z, unit.X),
        _ => (unit.Z, unit.Y),
    };

    /// <summary>Puts a labelled unit into the form of a file.</summary>
    public static byte[] Pack(RunLabels labels, Shape3 unit, ReadOnlySpan<ObjectFacts> facts)
    {
        byte[] bytes = MemoryMarshal.AsBytes(facts).ToArray();
        using NativeList<int> face = new("voxels in a face of a unit");
        return PackedFile.Pack(ArrayCount, array =>
        {
            if (array == 0)
            {
                return bytes;
            }

            Fill(labels, unit, (Axis)((array - 1) / 2), isHigh: array % 2 == 0, face);
            return labels.Count == 0 ? [] : MemoryMarshal.AsBytes(face.Items);
        });
    }

    /// <summary>Reads the facts of a unit's objects.</summary>
    /// <param name="path">The file.</param>
    /// <param name="unit">The unit's voxels.</param>
    /// <param name="facts">They are appended here.</param>
    /// <returns>How many they are.</returns>
    public static int ReadFacts(string path, Box3 unit, NativeList<ObjectFacts> facts)
    {
        using PackedFile file = PackedFile.Open(path, ArrayCount);
        int size = Unsafe.SizeOf<ObjectFacts>();
        int count = file.LengthOf(0) / size;
        if (count * size != file.LengthOf(0) || count > unit.Shape.VoxelCount)
        {
            throw new VolumeFormatException(path, $"has {file.LengthOf(0)} bytes of facts of objects, {size} each; the unit has {unit.Shape.VoxelCount} voxels.");
        }

        int before = facts.Count;
        facts.Resize((long)before + count);
        file.Read(0, facts.Items[before..]);
        return count;
    }

    /// <summary>Reads a face.</summary>
    /// <param name="path">The file.</param>
    /// <param name="unit">The unit's extent.</param>
    /// <param name="axis">The axis that it is square to.</param>
    /// <param name="isHigh">Whether it is the one that ends the unit.</param>
    /// <param name="objects">Objects in the unit: no number is above.</param>
    /// <param name="face">Receives rows of numbers; empty if nothing is in the unit.</param>
    public static void ReadFace(string path, Shape3 unit, Axis axis, bool isHigh, int objects, NativeList<int> face)
    {
        (int rows, int columns) = ShapeOf(unit, axis);
        face.Resize(objects == 0 ? 0 : (long)rows * columns);
        using PackedFile file = PackedFile.Open(path, ArrayCount);
        file.Read(ArrayOf(axis, isHigh), face.Items);
        foreach (int number in face.Items)
        {
            if ((uint)number > (uint)objects)
            {
                throw new VolumeFormatException(path, $"a face names object {number}; the unit has {objects}.");
            }
        }
    }

    private static void Fill(RunLabels labels, Shape3 unit, Axis axis, bool isHigh, NativeList<int> face)
    {
        (int rows, int columns) = ShapeOf(unit, axis);
        face.Resize((long)rows * columns);
        face.Items.Clear();
        int last = isHigh ? unit[axis] - 1 : 0;
        for (int row = 0; row < rows; row++)
        {
            Span<int> numbers = face.Items.Slice(row * columns, columns);
            if (axis == Axis.X)
            {
                for (int y = 0; y < columns; y++)
                {
                    numbers[y] = labels.NumberAt(row, y, last);
                }

                continue;
            }

            (int first, int end) = axis == Axis.Z ? labels.RunsOf(last, row) : labels.RunsOf(row, last);
            for (int run = first; run < end; run++)
            {
                numbers[labels.Starts[run]..labels.Ends[run]].Fill(labels.Objects[run] + 1);
            }
        }
    }
}
