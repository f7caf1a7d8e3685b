using ScrollSeg.Volumes;

namespace ScrollSeg.Segmentation.Linking;

/// <summary>The mask of one unit, and its components, round by round. What earlier rounds decided is applied again rather than
/// stored: labelling a unit costs less than writing it.</summary>
/// <param name="input">Where the mask comes from.</param>
/// <param name="volume">Extent of the volume.</param>
/// <param name="closing">Radius of the ball that the mask is closed with; 0 if it is not.</param>
internal sealed class UnitMask(LinkInput input, Shape3 volume, int closing = 0) : IDisposable
{
    private BitVolume? _bits;
    private BitVolume? _other; // the voxels above the higher threshold, or the background
    private Box3 _box;

    /// <summary>The components that were found last.</summary>
    public RunLabels Labels { get; } = new();

    /// <summary>The mask.</summary>
    public BitVolume Bits => _bits ?? throw new InvalidOperationException("No unit was read.");

    /// <summary>Facts of the components that were found last.</summary>
    public NativeList<ObjectFacts> Facts { get; } = new("objects in one unit");

    /// <summary>Reads a unit.</summary>
    public async Task ReadAsync(Box3 box, bool needsHigh, CancellationToken cancellationToken)
    {
        _box = box;
        if (_bits?.Shape != box.Shape)
        {
            _bits?.Dispose();
            _other?.Dispose();
            _bits = new BitVolume(box.Shape);
            _other = new BitVolume(box.Shape);
        }

        if (closing > 0)
        {
            await ReadClosedAsync(box, _bits, cancellationToken);
            return;
        }

        using VoxelBuffer voxels = VoxelBuffer.Rent(box.Shape, input.Volume.Info.Type);
        await input.Volume.ReadAsync(box, voxels, cancellationToken);
        _bits.Fill(voxels, input.Low);
        if (needsHigh)
        {
            _other!.Fill(voxels, input.High);
        }
    }

    /// <summary>Reads a unit and what decides how it is closed.</summary>
    private async Task ReadClosedAsync(Box3 box, BitVolume bits, CancellationToken cancellationToken)
    {
        int reach = BitClosing.ReachOf(closing);
        Box3 around = Box3.FromBounds(
            (box.Start.Z - reach, box.Start.Y - reach, box.Start.X - reach), (box.End.Z + reach, box.End.Y + reach, box.End.X + reach));
        around = around.Intersect(new Box3((0, 0, 0), volume));
        using BitVolume wide = new(around.Shape);
        using (VoxelBuffer voxels = VoxelBuffer.Rent(around.Shape, input.Volume.Info.Type))
        {
            await input.Volume.ReadAsync(around, voxels, cancellationToken);
            wide.Fill(voxels, input.Low);
        }

        BitClosing.Close(wide, closing);
        BitClosing.CopyPart(wide, box.RelativeTo(around.Start).Start, bits);
    }

    /// <summary>Finds the components of a round.</summary>
    public void Label(LinkRound round)
    {
        if (round.IsOfBackground)
        {
            _other!.FillComplement(Bits);
        }

        Labels.Label(round.IsOfBackground ? _other! : Bits, round.Connectivity);
    }

    /// <summary>Applies what a round decided for the components that were found last.</summary>
    /// <param name="round">The round.</param>
    /// <param name="values">By object: 0 if it goes, or if a hole stays.</param>
    public void Apply(LinkRound round, ReadOnlySpan<uint> values)
    {
        for (int z = 0; z < _box.Shape.Z; z++)
        {
            for (int y = 0; y < _box.Shape.Y; y++)
            {
                Span<ulong> row = Bits.Row(z, y);
                (int first, int end) = Labels.RunsOf(z, y);
                for (int run = first; run < end; run++)
                {
                    bool isTaken = values[Labels.Objects[run]] != 0;
                    if (isTaken == round.IsOfBackground)
                    {
                        BitVolume.Set(row, Labels.Starts[run], Labels.Ends[run], value: isTaken);
                    }
                }
            }
        }
    }

    /// <summary>Gathers the facts of the components that were found last.</summary>
    public void GatherFacts(LinkRound round)
    {
        Facts.Resize(0);
        for (int z = 0; z < _box.Shape.Z; z++)
        {
            for (int y = 0; y < _box.Shape.Y; y++)
            {
                GatherRow(z, y, isMarkedByBits: round.Kind == LinkRoundKind.Hysteresis);
            }
        }

        if (round.IsOfBackground)
        {
            foreach (ref ObjectFacts facts in Facts.Items)
            {
                facts.IsMarked = LinkRound.TouchesBorder(facts, volume) ? 1 : 0;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _bits?.Dispose();
        _other?.Dispose();
        Labels.Dispose();
        Facts.Dispose();
    }

    private void GatherRow(int z, int y, bool isMarkedByBits)
    {
        (int zInVolume, int yInVolume) = (_box.Start.Z + z, _box.Start.Y + y);
        long rowStart = (((long)zInVolume * volume.Y) + yInVolume) * volume.X;
        ReadOnlySpan<ulong> high = _other!.Row(z, y);
        (int first, int end) = Labels.RunsOf(z, y);
        for (int run = first; run < end; run++)
        {
            (int start, int stop) = (Labels.Starts[run], Labels.Ends[run]);
            ObjectFacts part = ObjectFacts.Of(
                rowStart + _box.Start.X + start, zInVolume, yInVolume, _box.Start.X + start, _box.Start.X + stop);
            part.IsMarked = isMarkedByBits && BitVolume.HasAny(high, start, stop) ? 1 : 0;
            int number = Labels.Objects[run];
            if (number == Facts.Count)
            {
                Facts.Add(part); // numbers go by first voxels, and so come in order
            }
            else
            {
                Facts.Items[number].Add(part);
            }
        }
    }
}
