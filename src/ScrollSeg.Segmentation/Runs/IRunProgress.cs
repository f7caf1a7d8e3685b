namespace ScrollSeg.Segmentation.Runs;

/// <summary>Is told how far a run has come. Calls may come from any thread.</summary>
public interface IRunProgress
{
    /// <summary>A stage begins.</summary>
    /// <param name="name">For people, for example <c>segment</c>.</param>
    /// <param name="total">What the stage will count up to; 0 if unknown.</param>
    /// <param name="unit">What is counted, for example <c>slices</c>.</param>
    void Begin(string name, long total, string unit);

    /// <summary>The stage has come so far.</summary>
    void Advance(long done);

    /// <summary>Something that the user should know, in a sentence.</summary>
    void Note(string text);

    /// <summary>The same, where there may be nothing to know.</summary>
    void NoteIfAny(string? text)
    {
        if (text is not null)
        {
            Note(text);
        }
    }
}

/// <summary>Hands a count on to a run's display.</summary>
public sealed class StageProgress(IRunProgress progress) : IProgress<long>
{
    /// <inheritdoc/>
    public void Report(long value) => progress.Advance(value);
}
