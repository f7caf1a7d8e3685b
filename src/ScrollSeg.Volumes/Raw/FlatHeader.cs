using System.Globalization;

namespace ScrollSeg.Volumes.Raw;

/// <summary>What a header over one block of voxels says.</summary>
/// <param name="Path">The file that was asked for, as messages and reports call it.</param>
/// <param name="Format">The format in a few words.</param>
/// <param name="DataFile">The file with the voxels.</param>
/// <param name="Layout">Where they lie in it; of coded voxels the offset says nothing.</param>
internal sealed record FlatHeader(string Path, string Format, string DataFile, FlatLayout Layout)
{
    /// <summary>Bytes that deflate can at most make of one.</summary>
    private const long DeflateExpansion = 1032;

    /// <summary>How the voxels are coded; <see langword="null"/> if they lie there as they are.</summary>
    public FlatCoding? Coding { get; init; }

    /// <summary>Byte of the file at which coded bytes begin.</summary>
    public long CodedFrom { get; init; }

    /// <summary>Decoded bytes before the first voxel: the header, if it is coded too.</summary>
    public long PassOver { get; init; }

    /// <summary>CRC-32 of all decoded bytes, where it stands elsewhere than in them.</summary>
    public uint? Crc32 { get; init; }

    /// <summary>Edges of a voxel; <see langword="null"/> if the header does not say.</summary>
    public VoxelSize? VoxelSize { get; init; }

    /// <summary>What a user should know of the voxels.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>What contradicts itself.</summary>
    public IReadOnlyList<string> Defects { get; init; } = [];

    /// <summary>Opens the volume.</summary>
    /// <exception cref="VolumeFormatException">The file is too short.</exception>
    public VolumeReader Open(ReaderOptions options)
    {
        FlatFile file = new(DataFile);
        try
        {
            if (Coding is null)
            {
                VolumeInfo info = new(Path, Format, Layout.Shape, Layout.Type, Layout.Piece)
                {
                    VoxelSize = VoxelSize,
                    Notes = Notes,
                    Defects = Defects,
                };
                return new FlatVolume(info, file, Layout, options);
            }

            CheckExpansion(file.Length, file);
            file.Dispose();
            return new SpooledVolume(this, options);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>What a value of the header does to the voxels, if anything; they are given as stored.</summary>
    public static IEnumerable<string> ScalingNotes(double slope, double intercept)
    {
        bool isScaled = slope != 0 && double.IsFinite(slope) && (slope != 1 || intercept != 0);
        return isScaled
            ? [string.Create(CultureInfo.InvariantCulture, $"the header says value = {slope} * voxel + {intercept}; voxels are given as stored.")]
            : [];
    }

    private void CheckExpansion(long fileLength, FlatFile file)
    {
        if (Layout.ByteCount / DeflateExpansion > fileLength && Coding != FlatCoding.Bzip2)
        {
            throw file.Damaged(
                $"{Layout.Shape} voxels of {Layout.Type.NumpyName()}, {Layout.ByteCount} bytes, cannot come out of a file of {fileLength} bytes ({Coding}).");
        }
    }
}

/// <summary>How a block of voxels is coded that can only be read from its beginning.</summary>
internal enum FlatCoding
{
    /// <summary>A gzip file, or gzip members from an offset on.</summary>
    Gzip,

    /// <summary>A bzip2 stream.</summary>
    Bzip2,

    /// <summary>Deflated without a wrapping, as in a zip.</summary>
    Deflate,

    /// <summary>Numbers in text, between white space.</summary>
    Text,
}
