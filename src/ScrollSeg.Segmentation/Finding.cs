namespace ScrollSeg.Segmentation;

/// <summary>What a check found in what a user gave: an error that refuses it, or a note beside the result.</summary>
/// <param name="Guard">The check's name, by which the trouble-shooting table lists it.</param>
/// <param name="Seen">What is there, with its numbers; a sentence.</param>
/// <param name="Expected">What should be there; without a full stop.</param>
/// <param name="Cause">What usually leads to it, and the cure; without a full stop.</param>
public sealed record Finding(string Guard, string Seen, string Expected, string Cause)
{
    /// <summary>Refuses what a check has found something in.</summary>
    /// <exception cref="InvalidRequestException">It has.</exception>
    public static void Refuse(Finding? finding)
    {
        if (finding is not null)
        {
            throw new InvalidRequestException(finding.ToString());
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Seen} Expected: {Expected}. Usual cause: {Cause} [{Guard}].";
}
