namespace ScrollSeg.Segmentation.Runs;

/// <summary>Why a unit was set aside.</summary>
/// <param name="Unit">The unit's name.</param>
/// <param name="Kind">Whose fault it is.</param>
/// <param name="Problem">What went wrong, in a sentence.</param>
/// <param name="Attempts">Tries so far.</param>
public sealed record UnitFailure(string Unit, FailureKind Kind, string Problem, int Attempts);

/// <summary>What a unit failed of.</summary>
public enum FailureKind
{
    /// <summary>The input is damaged there: the same again would fail again.</summary>
    BadInput,

    /// <summary>The input could not be read, and not only for a moment.</summary>
    InputOutput,

    /// <summary>The network answered NaN.</summary>
    Network,
}
