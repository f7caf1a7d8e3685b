namespace ScrollSeg.Segmentation.Prompting;

/// <summary>One object that a file of prompts asks for, in voxels of the volume.</summary>
/// <param name="First">The first slice in which it is asked for.</param>
/// <param name="Last">The last one.</param>
/// <param name="Points">Clicks on it and beside it; x and y of the slice.</param>
/// <param name="Box">A box around it, if any.</param>
internal sealed record PromptObject(int First, int Last, IReadOnlyList<PointPrompt> Points, BoxPrompt? Box)
{
    /// <summary>What of it a tile shows: the clicks in it, and the part of the box.</summary>
    /// <returns><see langword="null"/> if the tile shows no click on the object and no part of its box.</returns>
    public PromptSet? In(TilePlace place, int side)
    {
        if (place.Slice < First || place.Slice > Last)
        {
            return null;
        }

        PointPrompt[] points =
        [
            .. Points.Select(point => point with { X = point.X - place.Column, Y = point.Y - place.Row })
                .Where(point => point.X >= 0 && point.X < side && point.Y >= 0 && point.Y < side),
        ];
        BoxPrompt? box = Box is BoxPrompt whole ? PartOf(whole, place, side) : null;
        return box is not null || Array.Exists(points, point => point.IsForeground) ? new PromptSet { Points = points, Box = box } : null;
    }

    private static BoxPrompt? PartOf(BoxPrompt box, TilePlace place, int side)
    {
        BoxPrompt part = new(
            Math.Max(0, box.X0 - place.Column),
            Math.Max(0, box.Y0 - place.Row),
            Math.Min(side - 1, box.X1 - place.Column),
            Math.Min(side - 1, box.Y1 - place.Row));
        return part.X1 - part.X0 >= 1 && part.Y1 - part.Y0 >= 1 ? part : null;
    }
}
