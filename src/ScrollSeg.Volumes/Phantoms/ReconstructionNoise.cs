namespace ScrollSeg.Volumes.Phantoms;

/// <summary>
/// Noise as tomographic reconstruction leaves it: white noise plus the same noise blurred with (1 2 1) / 4 along each
/// axis, so that neighbouring voxels err together.
/// </summary>
/// <param name="seed">Which noise.</param>
internal sealed class ReconstructionNoise(ulong seed)
{
    /// <summary>What makes the blurred noise's deviation 1: (4 / sqrt(6))³ over that of the white noise.</summary>
    private const float BlurredGain = 4.3546484f / CoordinateHash.BellDeviation;

    private readonly float[][] _blurred = [[], [], []];
    private float[] _raw = [];
    private float[] _rows = [];
    private Box3 _box;
    private int _width;

    /// <summary>Makes ready for a box whose slices are then asked for one after the other.</summary>
    public void Load(Box3 box)
    {
        _box = box;
        _width = box.Shape.X;
        int plane = box.Shape.Y * box.Shape.X;
        for (int i = 0; i < 3; i++)
        {
            _blurred[i] = _blurred[i].Length < plane ? new float[plane] : _blurred[i];
        }

        _raw = _raw.Length < _width + 2 ? new float[_width + 2] : _raw;
        _rows = _rows.Length < 3 * _width ? new float[3 * _width] : _rows;
        BlurPlane(box.Start.Z - 1);
        BlurPlane(box.Start.Z);
    }

    /// <summary>Takes the next slice in.</summary>
    public void BeginSlice(int z) => BlurPlane(z + 1);

    /// <summary>Adds to a row of the slice begun.</summary>
    /// <param name="z">The slice begun, in voxels of the volume.</param>
    /// <param name="y">Row, in voxels of the volume.</param>
    /// <param name="correlated">Standard deviation of the blurred part.</param>
    /// <param name="white">Standard deviation of the white part.</param>
    /// <param name="row">Receives the noise.</param>
    public void Row(int z, int y, float correlated, float white, Span<float> row)
    {
        int offset = (y - _box.Start.Y) * _width;
        ReadOnlySpan<float> below = _blurred[Slot(z - 1)].AsSpan(offset, _width);
        ReadOnlySpan<float> here = _blurred[Slot(z)].AsSpan(offset, _width);
        ReadOnlySpan<float> above = _blurred[Slot(z + 1)].AsSpan(offset, _width);
        float gain = correlated * BlurredGain / 64f;
        float whiteGain = white / CoordinateHash.BellDeviation;
        int startX = _box.Start.X;
        for (int x = 0; x < _width; x++)
        {
            float bell = CoordinateHash.Bell(CoordinateHash.At(seed + 1, z, y, startX + x));
            row[x] = (gain * (below[x] + (2f * here[x]) + above[x])) + (whiteGain * bell);
        }
    }

    private static int Slot(int z) => (z + 3) % 3;

    /// <summary>(1 2 1) x (1 2 1) over one slice, from rows that were blurred along x and are kept three at a time.</summary>
    private void BlurPlane(int z)
    {
        float[] target = _blurred[Slot(z)];
        BlurRow(z, _box.Start.Y - 1);
        BlurRow(z, _box.Start.Y);
        for (int y = _box.Start.Y; y < _box.End.Y; y++)
        {
            BlurRow(z, y + 1);
            ReadOnlySpan<float> a = _rows.AsSpan(Slot(y - 1) * _width, _width);
            ReadOnlySpan<float> b = _rows.AsSpan(Slot(y) * _width, _width);
            ReadOnlySpan<float> c = _rows.AsSpan(Slot(y + 1) * _width, _width);
            Span<float> row = target.AsSpan((y - _box.Start.Y) * _width, _width);
            for (int x = 0; x < row.Length; x++)
            {
                row[x] = a[x] + (2f * b[x]) + c[x];
            }
        }
    }

    private void BlurRow(int z, int y)
    {
        Span<float> raw = _raw.AsSpan(0, _width + 2);
        for (int x = 0; x < raw.Length; x++)
        {
            raw[x] = CoordinateHash.Bell(CoordinateHash.At(seed, z, y, _box.Start.X - 1 + x));
        }

        Span<float> row = _rows.AsSpan(Slot(y) * _width, _width);
        for (int x = 0; x < row.Length; x++)
        {
            row[x] = raw[x] + (2f * raw[x + 1]) + raw[x + 2];
        }
    }
}
