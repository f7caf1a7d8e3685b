namespace ScrollSeg.Sam.Training;

/// <summary>The learning rate over time: rises in a line, then falls along half a cosine.</summary>
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

    /// <summary>The rate at the end as a share of the highest. Default 0.01.</summary>
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

        double done = Math.Clamp((double)(step - WarmUp) / Math.Max(1, steps - WarmUp), 0, 1);
        return Peak * (FinalShare + ((1 - FinalShare) * 0.5 * (1 + Math.Cos(Math.PI * done))));
    }
}
