using CsCheck;
using ScrollSeg.Segmentation.Slicing;

namespace ScrollSeg.Segmentation.Tests.Slicing;

/// <summary>Any strategy that fits a volume.</summary>
internal static class Strategies
{
    public static Gen<SliceStrategy> Any(int slices) =>
        Gen.Select(Unfiltered(slices), Gen.OneOf(Gen.Const((KeepRule?)null), Rules(slices).Select(rule => (KeepRule?)rule)))
            .Select((inner, rule) => rule is null ? inner : new FilteredSlices(inner, rule))
            .Where(strategy => Fits(strategy, slices));

    private static Gen<KeepRule> Rules(int slices) => Gen.OneOf(
        Gen.Int[1, slices].Select(count => (KeepRule)new KeepEvenly(count)),
        Gen.Select(Gen.Int[0, slices / 2], Gen.Int[1, 3]).Select((first, step) => (KeepRule)new KeepRange(first, slices - 2, step)));

    private static Gen<TupleSpacing> Spacings(int slices) => Gen.OneOf(
        Gen.Const(TupleSpacing.Adjacent),
        Gen.Int[2, 5].Select(stride => (TupleSpacing)new StridedSpacing(stride)),
        Gen.Int[1, slices].Select(reach => (TupleSpacing)new UniformSpacing(reach)),
        Gen.Select(Gen.Double[-4, slices], Gen.Double[0, 6]).Select((centre, spread) => (TupleSpacing)new NormalSpacing(centre, spread)));

    private static Gen<SliceStrategy> Unfiltered(int slices) => Gen.OneOf(
        Gen.Select(Gen.Int[1, 6], Gen.Int[0, slices / 2]).Select(
            (stride, first) => (SliceStrategy)new EverySlice { Stride = stride, First = first, Last = slices - 2 }),
        Gen.Select(Gen.Int[1, 5], Gen.Int[1, 4], Spacings(slices), Gen.Bool, Gen.Bool, Gen.Int[1, 4], Gen.Int).Select(
            (width, draws, spacing, shuffled, flat, stride, seed) => (SliceStrategy)new TupleSlices
            {
                Width = width,
                Draws = draws,
                Spacing = spacing,
                Shuffled = shuffled,
                Flat = flat,
                Stride = flat ? 1 : stride,
                Seed = seed,
            }),
        Gen.Select(Gen.Int[1, 5], Gen.Int[1, 7], Gen.Int[0, 5], Gen.Bool).Select(
            (width, stride, first, down) => (SliceStrategy)new LayerWindows { Width = width, Stride = stride, First = first, Downwards = down }));

    private static bool Fits(SliceStrategy strategy, int slices)
    {
        try
        {
            return strategy.Within(slices, 0, slices).GroupsFor(slices, 0, slices).Any();
        }
        catch (InvalidRequestException)
        {
            return false;
        }
    }
}
