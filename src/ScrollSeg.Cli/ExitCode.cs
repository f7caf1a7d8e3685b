namespace ScrollSeg.Cli;

/// <summary>What scripts may rely on.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int UnitsFailed = 1;
    public const int Usage = 2;
    public const int BadInput = 65;
    public const int Bug = 70;
    public const int InputOutput = 74;
    public const int StoppedEarly = 75;
    public const int Mismatch = 78;
    public const int Interrupted = 130;
    public const int Terminated = 143;
}
