namespace ScrollSeg.Cli;

/// <summary>What is there is not what the command would make or go on with: exit code 78, one line.</summary>
internal sealed class MismatchException(string message) : Exception(message);
