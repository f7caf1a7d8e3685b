using ScrollSeg.Segmentation.Prompting;

namespace ScrollSeg.Segmentation.Tests.Propagation;

/// <summary>Opens a model that knows what bright is: asked about a box or a click, it answers with the bright voxels within a few steps of
/// it, and with nothing else.</summary>
internal sealed class PromptedSource : IModelSource
{
    public IReadOnlyList<string> Accepts => ["prompted"];

    /// <summary>Is called with the slice of each tile that is answered.</summary>
    public Action<int> Asked { get; init; } = _ => { };

    public ISliceSegmenter? OpenSliceSegmenter(string model, ModelSettings settings) =>
        new Prompted(settings.Prompts!.Open(settings.Volume!), Asked);

    private sealed class Prompted(ITilePrompts prompts, Action<int> asked) : ISliceSegmenter
    {
        private const int Reach = 3;

        public string Identity => "prompted";

        public ScoreKind Scores => ScoreKind.Probability;

        public int? ViewSide => null;

        public int MaxChannels => 1;

        public string Prompts => prompts.Identity;

        public bool IsAskedByPlace => true;

        public PropagatedPrompts? Propagation => prompts as PropagatedPrompts;

        public long WorkingBytes(int tileCount, int side) => 0;

        public void Segment(TileBatch tiles, Span<float> scores)
        {
            scores.Clear();
            int side = tiles.Side;
            for (int tile = 0; tile < tiles.Wanted; tile++)
            {
                asked(tiles.Places![tile].Slice);
                foreach (PromptSet set in prompts.ListFor(tiles.Places![tile], side, side))
                {
                    BoxPrompt box = set.Box ?? new BoxPrompt(set.Points[0].X - 9, set.Points[0].Y - 9, set.Points[0].X + 9, set.Points[0].Y + 9);
                    Span<ushort> grey = tiles.Voxels.Plane<ushort>(tile);
                    for (int i = 0; i < side * side; i++)
                    {
                        (int y, int x) = Math.DivRem(i, side);
                        bool isNear = x >= box.X0 - Reach && x <= box.X1 + Reach && y >= box.Y0 - Reach && y <= box.Y1 + Reach;
                        scores[(tile * side * side) + i] += isNear && grey[i] > 100 && scores[(tile * side * side) + i] == 0 ? 1 : 0;
                    }
                }
            }
        }

        public void Dispose() => prompts.Dispose();
    }
}
