namespace ScrollSeg.Sam.Training;

/// <summary>The learning rate over time: rises in a line, then falls along half a cosine or in steps.</summary>
public sealed record RateSchedule
{
    /// <summary>The highest rate. Default 8e-4, SAM's own.</summary>
    public double Peak
    {
        get;
        init => field = value > 0 && double.IsFinite(value)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Peak), value, "A learning rate is above 0.");
    } = 8e-4;

    /// <summary>How it falls. Default along half a cosine.</summary>
    public RateFall Fall { get; init; }

    /// <summary>For <see cref="RateFall.Steps"/>: shares of the training after which it falls, ascending. Default 0.6 and 0.85.</summary>
    public IReadOnlyList<double> FallsAfter
    {
        get;
        init => field = value.All(share => share is > 0 and < 1) && value.Zip(value.Skip(1)).All(pair => pair.First < pair.Second)
            ? value
            : throw new ArgumentOutOfRangeException(
                nameof(FallsAfter), string.Join(", ", value), "Shares of the training lie between 0 and 1, each above the one before.");
    } = [0.6, 0.85];

    /// <summary>For <see cref="RateFall.Steps"/>: what the rate is multiplied by each time. Default 0.1.</summary>
    public double FallFactor
    {
        get;
        init => field = value is > 0 and <= 1
            ? value
            : throw new ArgumentOutOfRangeException(nameof(FallFactor), value, "A factor lies above 0 and is 1 at most.");
    } = 0.1;

    /// <summary>For <see cref="RateFall.Cosine"/>: the rate at the end as a share of the highest. Default 0.01.</summary>
    public double FinalShare
    {
        get;
        init => field = value is >= 0 and <= 1
            ? value
            : throw new ArgumentOutOfRangeException(nameof(FinalShare), value, "A share lies between 0 and 1.");
    } = 0.01;

    /// <summary>Steps until the highest rate. Default 250, SAM's own.</summary>
    public int WarmUp
    {
        get;
        init => field = value >= 0
            ? value
            : throw new ArgumentOutOfRangeException(nameof(WarmUp), value, "There are 0 steps or more.");
    } = 250;

    /// <summary>The rate of a step.</summary>
    /// <param name="step">From 1.</param>
    /// <param name="steps">Steps of the whole training.</param>
    public double At(long step, long steps)
    {
        if (step <= WarmUp)
        {
            return Peak * step / WarmUp;
        }

        if (Fall == RateFall.Steps)
        {
            return Peak * Math.Pow(FallFactor, FallsAfter.Count(share => step > share * steps));
        }

        double done = Math.Clamp((double)(step - WarmUp) / Math.Max(1, steps - WarmUp), 0, 1);
        return Peak * (FinalShare + ((1 - FinalShare) * 0.5 * (1 + Math.Cos(Math.PI * done))));
    }
}
