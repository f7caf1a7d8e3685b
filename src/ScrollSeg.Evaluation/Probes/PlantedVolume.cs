using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using ScrollSeg.Segmentation;
using ScrollSeg.Volumes;

namespace ScrollSeg.Evaluation.Probes;

/// <summary>A volume with a signal of known strength and place added: discs in every slice, one in the middle of each square of a grid.
/// </summary>
public sealed class PlantedVolume : VolumeReader
{
    private readonly VolumeReader _volume;
    private readonly double _added;

    /// <param name="volume">The volume; stays the caller's.</param>
    /// <param name="added">Grey values added in the discs, below 0 to darken; cut off where the type ends.</param>
    public PlantedVolume(VolumeReader volume, double added)
        : base(volume.Info)
    {
        (_volume, _added) = (volume, added);
        if (volume.Info.Type is not (VoxelType.UInt8 or VoxelType.UInt16 or VoxelType.Int16 or VoxelType.Float32))
        {
            throw new InvalidRequestException(
                $"{volume.Info.Path} holds {volume.Info.Type.NumpyName()}; a signal is planted in uint8, uint16, int16 or float32.");
        }
    }

    /// <summary>Voxels from one disc to the next.</summary>
    public const int Pitch = 32;

    /// <summary>Voxels from the middle of a disc to its edge.</summary>
    public const int Radius = 7;

    /// <summary>Whether a place lies in a disc.</summary>
    public static bool IsInside(int y, int x)
    {
        (int dy, int dx) = ((y % Pitch) - (Pitch / 2), (x % Pitch) - (Pitch / 2));
        return (dy * dy) + (dx * dx) <= Radius * Radius;
    }

    /// <inheritdoc/>
    public override async ValueTask<string> FingerprintAsync(bool withTimes, CancellationToken cancellationToken = default)
    {
        string inner = await _volume.FingerprintAsync(withTimes, cancellationToken);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(FormattableString.Invariant($"{inner} planted {_added}"))));
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <inheritdoc/>
    protected override async ValueTask<IReadOnlyList<Box3>> ReadCoreAsync(Box3 region, VoxelBuffer destination, CancellationToken cancellationToken)
    {
        IReadOnlyList<Box3> absent = await _volume.ReadAsync(region, destination, cancellationToken);
        if (_added != 0)
        {
            for (int z = 0; z < region.Shape.Z; z++)
            {
                for (int y = 0; y < region.Shape.Y; y++)
                {
                    AddTo(destination.Row(z, y), region.Start.Y + y, region.Start.X);
                }
            }
        }

        return absent;
    }

    private void AddTo(Span<byte> row, int y, int startX)
    {
        int count = row.Length / Info.Type.ByteSize();
        for (int x = 0; x < count; x++)
        {
            if (!IsInside(y, startX + x))
            {
                continue;
            }

            switch (Info.Type)
            {
                case VoxelType.UInt8:
                    row[x] = (byte)Math.Clamp(row[x] + _added, 0, 255);
                    break;
                case VoxelType.UInt16:
                    Add(MemoryMarshal.Cast<byte, ushort>(row), x, 0, ushort.MaxValue);
                    break;
                case VoxelType.Int16:
                    Span<short> signed = MemoryMarshal.Cast<byte, short>(row);
                    signed[x] = (short)Math.Clamp(signed[x] + _added, short.MinValue, short.MaxValue);
                    break;
                default:
                    MemoryMarshal.Cast<byte, float>(row)[x] += (float)_added;
                    break;
            }
        }
    }

    private void Add(Span<ushort> values, int x, double least, double most) => values[x] = (ushort)Math.Clamp(values[x] + _added, least, most);
}
