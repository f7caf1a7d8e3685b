namespace ScrollSeg.Volumes.Codecs;

/// <summary>
/// numcodecs' <c>delta</c>: the first element, then each element's difference to the one before, in the type
/// <c>astype</c>. Whole numbers wrap around, so that they come back exactly; floats come back as rounding allows. The
/// encoded length is exactly <see cref="MaxEncodedLength"/>.
/// </summary>
public sealed class DeltaFilter : ChunkCodec
{
    private readonly NumpyNumber _decodedType;
    private readonly NumpyNumber _encodedType;

    /// <summary>Sets the types, in NumPy's spelling.</summary>
    /// <param name="decodedType">The elements' type, for example <c>&lt;i2</c>.</param>
    /// <param name="encodedType">The differences' type; if not given, the elements'.</param>
    /// <exception cref="NotSupportedException">A type is no number, is float16, or only one is a float.</exception>
    public DeltaFilter(string decodedType, string? encodedType = null)
    {
        _decodedType = NumpyNumber.Parse(decodedType);
        _encodedType = NumpyNumber.Parse(encodedType ?? decodedType);
        bool isFloat = _decodedType.Kind == 'f';
        if (isFloat ? _encodedType != _decodedType || _decodedType.Size == 2 : _encodedType.Kind == 'f')
        {
            throw new NotSupportedException($"The filter \"delta\" from {encodedType} to {decodedType} is not supported.");
        }
    }

    /// <inheritdoc/>
    public override string Name => "delta";

    /// <summary>The elements' type, in NumPy's spelling.</summary>
    public string DecodedType => _decodedType.ToString();

    /// <summary>The differences' type, in NumPy's spelling.</summary>
    public string EncodedType => _encodedType.ToString();

    /// <inheritdoc/>
    public override bool IsFixedLength => true;

    /// <inheritdoc/>
    public override void Decode(ReadOnlySpan<byte> encoded, Span<byte> decoded)
    {
        int count = decoded.Length / _decodedType.Size;
        if (count * _decodedType.Size != decoded.Length || (long)count * _encodedType.Size != encoded.Length)
        {
            throw new InvalidDataException(
                $"delta: {encoded.Length} bytes of {_encodedType} do not make {decoded.Length} bytes of {_decodedType}.");
        }

        if (_decodedType.Kind == 'f')
        {
            DecodeFloats(encoded, decoded);
            return;
        }

        long value = 0;
        for (int i = 0; i < count; i++)
        {
            value = unchecked(value + _encodedType.ReadInteger(encoded[(i * _encodedType.Size)..]));
            _decodedType.WriteInteger(decoded[(i * _decodedType.Size)..], value);
        }
    }

    /// <inheritdoc/>
    public override int MaxEncodedLength(int decodedLength) =>
        checked(decodedLength / _decodedType.Size * _encodedType.Size);

    /// <inheritdoc/>
    public override int Encode(ReadOnlySpan<byte> decoded, Span<byte> encoded)
    {
        int count = decoded.Length / _decodedType.Size;
        if (count * _decodedType.Size != decoded.Length)
        {
            throw new ArgumentException($"{decoded.Length} bytes are no whole number of {_decodedType}.", nameof(decoded));
        }

        EncodedSpan.Check(encoded.Length, MaxEncodedLength(decoded.Length));
        if (_decodedType.Kind == 'f')
        {
            EncodeFloats(decoded, encoded);
            return decoded.Length;
        }

        long before = 0;
        for (int i = 0; i < count; i++)
        {
            long value = _decodedType.ReadInteger(decoded[(i * _decodedType.Size)..]);
            _encodedType.WriteInteger(encoded[(i * _encodedType.Size)..], unchecked(value - before));
            before = value;
        }

        return count * _encodedType.Size;
    }

    /// <summary>Sums in the elements' own precision, as NumPy's cumsum does.</summary>
    private void DecodeFloats(ReadOnlySpan<byte> encoded, Span<byte> decoded)
    {
        double value = 0;
        for (int i = 0; i < decoded.Length; i += _decodedType.Size)
        {
            // The first is taken as it is: zero added to minus zero would lose its sign.
            double difference = _encodedType.ReadFloat(encoded[i..]);
            value = Rounded(i == 0 ? difference : value + difference);
            _decodedType.WriteFloat(decoded[i..], value);
        }
    }

    private void EncodeFloats(ReadOnlySpan<byte> decoded, Span<byte> encoded)
    {
        double before = 0;
        for (int i = 0; i < decoded.Length; i += _decodedType.Size)
        {
            double value = _decodedType.ReadFloat(decoded[i..]);
            _encodedType.WriteFloat(encoded[i..], i == 0 ? value : value - before);
            before = value;
        }
    }

    /// <summary>A sum of two float32 in double, rounded to float32, is the float32 sum: double has more than twice its
    /// digits.</summary>
    private double Rounded(double value) => _decodedType.Size == 4 ? (float)value : value;
}
